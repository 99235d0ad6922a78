import { transactionOn, type PoolClient } from '../pool.ts';
import { OPERATION_COLUMNS, type DeskOperation } from './desk-operations.ts';
import { HAS_OUTCOMES, UNSETTLED } from './set-progress.ts';

/** How far a look at outcomes came. */
export interface Followed {
  /** Rows that it looked at, and outcomes that it found. */
  looked: number;
  found: number;
  /** The last place that it looked at; 0 where it came to the end, so that the next look begins anew. */
  at: number;
}

/** How long a message whose letter was deleted may be on its way, as an interval of the database. */
const GONE = '10 minutes';

/**
 * Looks at up to `limit` messages of an operation whose outcome is not known, after a place of the set, and counts those
 * whose order is stored or that died again. A letter that was redriven, discarded or restored since has died again before.
 * An order counts whatever the ledger says: it may have been stored by a statement that did not see the letter. Where somebody
 * has deleted the letter, and for `GONE` neither an order nor a retry nor another death was seen, it counts as died again:
 * nothing will come of it any more, and a canary must not take it for well. What is settled is not looked at again, and a
 * look is bounded, so following a million costs no more a second than following ten. Rejects with the database's error.
 */
export async function followOutcomes(client: PoolClient, id: string, after: number, limit: number): Promise<Followed> {
  const { rows } = await client.query<{ looked: number; found: number; at: number }>({
    name: 'follow_outcomes',
    text: `
      with looked as materialized (
        select m.seq, m.message_id, m.cycle, m.acted_at
          from desk_operation_messages m
         where m.operation = $1 and ${UNSETTLED} > $2
           and ${UNSETTLED} <= (select o.confirmed from desk_operations o where o.id = $1 and ${HAS_OUTCOMES})
         order by ${UNSETTLED}
         limit $3
      ), outcomes as materialized (
        -- Each is looked up alone, as offset 0 demands: before there are statistics, the planner may read whole tables.
        select l.seq,
               case when d.cycle > l.cycle + 1 then 'dead_again'
                    when d.state = 'resolved' or s.is_stored then 'stored'
                    else 'dead_again' end as outcome
          from looked l
               left join lateral (select c.cycle, c.state from dead_letters c where c.message_id = l.message_id offset 0) d on true
               left join lateral (select true as is_stored from orders o where o.message_id = l.message_id offset 0) s on true
         where d.cycle > l.cycle + 1 or d.state <> 'redriving' or s.is_stored
            or (d.cycle is null
                and not exists (select from retries r where r.message_id = l.message_id)
                and coalesce(l.acted_at, (select t.acted_at from desk_operation_steps t
                                           where t.operation = $1 and t.up_to >= l.seq order by t.up_to limit 1), '-infinity')
                    < clock_timestamp() - interval '${GONE}')
      ), written as (
        update desk_operation_messages m set state = o.outcome
          from outcomes o where m.operation = $1 and m.seq = o.seq
        returning o.outcome
      ), counts as (
        select (count(*) filter (where outcome = 'stored'))::integer as stored,
               (count(*) filter (where outcome = 'dead_again'))::integer as dead_again
          from written
      ), counted as (
        update desk_operations o set stored = o.stored + c.stored, dead_again = o.dead_again + c.dead_again
          from counts c where o.id = $1 and c.stored + c.dead_again > 0
      )
      select (select count(*)::integer from looked) as looked, (select count(*)::integer from outcomes) as found,
             coalesce((select max(seq) from looked), 0) as at`,
    values: [id, after, limit],
  });
  const { looked = 0, found = 0, at = 0 } = rows[0] ?? {};
  return { looked, found, at: looked < limit ? 0 : at };
}

/** A step of a canary that has all of its outcomes, and what follows. */
export type CanaryVerdict = 'waits' | 'goes_on' | 'stopped';

/**
 * Judges the step of an operation's canary once every message of it has its outcome: goes on with ten times as many, or
 * stops the operation with the reason where more than the allowed share of it died again. Rejects with the database's error.
 */
export function judgeCanary(client: PoolClient, id: string): Promise<CanaryVerdict> {
  return transactionOn(client, async () => {
    const { rows } = await client.query<DeskOperation & { stepSent: number; stepDead: number }>(
      `select ${OPERATION_COLUMNS}, sent - canary_sent as "stepSent", dead_again - canary_dead as "stepDead"
         from desk_operations where id = $1 for update`,
      [id],
    );
    const [operation] = rows;
    if (!isComplete(operation)) return 'waits';
    const { stepSent, stepDead, maxDeadShare } = operation;
    if (stepDead / stepSent > maxDeadShare) {
      const often = await mostFrequentError(client, id, stepDead);
      await client.query(`update desk_operations set state = 'stopped', state_reason = $2 where id = $1`, [
        id,
        `${stepDead} of the ${stepSent} messages of this step died again ` +
          `(${percent(stepDead / stepSent)}, ${percent(maxDeadShare)} may)${often === undefined ? '' : `; most often: ${often}`}`,
      ]);
      return 'stopped';
    }
    await client.query(
      `update desk_operations
          set canary_step = least(canary_step::bigint * 10, 1000000000), canary_sent = sent, canary_dead = dead_again
        where id = $1`,
      [id],
    );
    return 'goes_on';
  });
}

type Stepping = DeskOperation & { stepSent: number; stepDead: number; maxDeadShare: number };

/** Whether all of the step is sent and has its outcome. What was left alone is no part of it. */
function isComplete(
  operation: (DeskOperation & { stepSent: number; stepDead: number }) | undefined,
): operation is Stepping {
  if (operation?.state !== 'running' || operation.maxDeadShare === null || operation.canaryStep === null) return false;
  const { taken, confirmed, sent, stored, deadAgain, stepSent, canaryStep } = operation;
  return stepSent >= canaryStep && confirmed === taken && stored + deadAgain === sent;
}

/** The error of most of the last `dead` messages that died again. */
async function mostFrequentError(client: PoolClient, id: string, dead: number): Promise<string | undefined> {
  const { rows } = await client.query<{ error: string }>(
    `select min(d.error_message) as error
       from (select message_id from desk_operation_messages
              where operation = $1 and state = 'dead_again' order by seq desc limit $2) m
       join dead_letters d using (message_id)
      group by d.cause_key order by count(*) desc, 1 limit 1`,
    [id, dead],
  );
  return rows[0]?.error;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
