import { transactionOn, type PoolClient } from '../pool.ts';
import {
  OPERATION_COLUMNS,
  wantSweep,
  type DeskOperation,
  type OperationKind,
  type OperationState,
} from './desk-operations.ts';
import type { DeadLetterReason, LedgerState } from './standings.ts';

/** A letter as it is to be published, the ledger having been changed. */
export interface TakenLetter {
  seq: number;
  messageId: string;
  /** Of the ledger, as it is now. */
  cycle: number;
  attempt: number;
  source: string;
  type: string;
  reason: DeadLetterReason;
  errorMessage: string;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** A part of a set that was taken in one transaction. */
export interface Step {
  letters: TakenLetter[];
  /** The last place of it. */
  upTo: number;
}

/** What has been confirmed since the last step. */
export interface Confirmation {
  upTo: number;
  sent: number;
}

export interface StepOptions {
  confirmed: Confirmation | undefined;
  /** Letters at most, and bytes of their bodies (but one letter always). */
  limit: number;
  bytes: number;
  /** Whether a body claims to be this message: what claims another one would be filed elsewhere. */
  isRedrivable: (body: Buffer, messageId: string) => boolean;
  /** The source that a body names, for an edit. */
  sourceOf: (body: Buffer) => string;
}

/**
 * Takes the next letters of an operation's set, in one transaction: what was confirmed before is counted, the ledger is
 * changed for those that stand as they stood when the set was frozen, the others are skipped with the reason. No step
 * where the operation does not run, has no more, or its canary waits. When the last one was confirmed the operation is
 * done. `client` is the connection that holds the operation's lock. Rejects with the database's error; nothing is then
 * changed, unless the connection was lost during the commit.
 */
export function takeStep(
  client: PoolClient,
  id: string,
  options: StepOptions,
): Promise<{ operation: DeskOperation; step: Step | undefined }> {
  return transactionOn(client, async () => {
    const operation = await confirm(client, id, options.confirmed);
    const step = operation.state === 'running' ? await take(client, operation, options) : undefined;
    return { operation, step };
  });
}

async function confirm(client: PoolClient, id: string, confirmed: Confirmation | undefined): Promise<DeskOperation> {
  // Also one that was told to rest while its last messages were in hand is done.
  const isDone = `state in ('running', 'paused') and greatest(confirmed, $2) = total`;
  const { rows } = await client.query<DeskOperation & { stateBefore: OperationState }>({
    name: 'confirm_step',
    text: `with before as (select state from desk_operations where id = $1)
           update desk_operations
              set confirmed = greatest(confirmed, $2), sent = sent + $3,
                  state = case when ${isDone} then 'done' else state end,
                  state_reason = case when ${isDone} then null else state_reason end,
                  finished_at = case when ${isDone} then clock_timestamp() else finished_at end
            where id = $1
           returning ${OPERATION_COLUMNS}, (select b.state from before b) as "stateBefore"`,
    values: [id, confirmed?.upTo ?? 0, confirmed?.sent ?? 0],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`operation ${id} is gone`);
  const { stateBefore, ...operation } = row;
  // What it left in the mirror of the ledger is stale.
  if (operation.state === 'done' && stateBefore !== 'done') await wantSweep(client);
  return operation;
}

interface NextRow {
  seq: number;
  message_id: string;
  cycle: number;
  attempt: number;
  size: number;
  body_after: Buffer | null;
}
interface LedgerRow extends Omit<TakenLetter, 'seq'> {
  state: LedgerState;
  isStored: boolean;
}

/** Letters beyond those that a canary may send that are looked at, in place of those that will be left alone. */
const LOOK_AHEAD = 100;

/** How many letters the step of a canary still has to send; what was left alone does not count. Without a canary, no end. */
export const leftOfCanary = ({ canaryStep, canarySent, taken, skipped }: DeskOperation): number =>
  canaryStep === null ? Infinity : canaryStep - (taken - skipped - canarySent);

async function take(client: PoolClient, operation: DeskOperation, options: StepOptions): Promise<Step | undefined> {
  const toSend = leftOfCanary(operation);
  if (toSend <= 0) return undefined;
  const { rows } = await client.query<NextRow>({
    name: 'next_of_set',
    // Places have no gaps, and each letter is looked up alone: before there are statistics, the planner may read all of the
    // set for a limit, and all of the ledger for a join.
    text: `select m.seq, m.message_id, m.cycle, m.attempt, m.body_after,
                  coalesce((select octet_length(d.body) from dead_letters d where d.message_id = m.message_id), 0) as size
             from desk_operation_messages m
            where m.operation = $1 and m.seq > $2 and m.seq <= $2 + $3
            order by m.seq`,
    values: [operation.id, operation.taken, Math.min(options.limit, toSend + LOOK_AHEAD)],
  });
  const next = upToBytes(rows, options.bytes);
  if (next.length === 0) return undefined;

  // In the order of the ids, as every other writer of the ledger, so that two of them seldom wait in a circle.
  const { rows: ledger } = await client.query<LedgerRow>({
    name: 'lock_letters',
    text: `select d.message_id as "messageId", d.cycle, d.attempt, d.state, d.source, d.type, d.reason,
                  d.error_message as "errorMessage", d.headers, d.body,
                  exists (select from orders o where o.message_id = d.message_id) as "isStored"
             from unnest($1::uuid[]) as i (message_id) join dead_letters d using (message_id)
            order by d.message_id
              for no key update of d`,
    values: [next.map((row) => row.message_id)],
  });
  const standing = new Map(ledger.map((row) => [row.messageId, row]));

  const letters: TakenLetter[] = [];
  const skipped: { seq: number; why: string }[] = [];
  let upTo = operation.taken;
  for (const row of next) {
    if (letters.length === toSend) break;
    upTo = row.seq;
    const letter = standing.get(row.message_id);
    const body = row.body_after ?? letter?.body;
    const why = whySkipped(operation.kind, row, letter, body, options);
    if (letter === undefined || body === undefined || why !== undefined) {
      skipped.push({ seq: row.seq, why: why ?? 'it is gone' });
      continue;
    }
    const raised = operation.kind === 'discard' ? letter.cycle : letter.cycle + 1;
    const source = row.body_after === null ? letter.source : options.sourceOf(row.body_after);
    letters.push({ ...letter, seq: row.seq, cycle: raised, body, source });
  }
  await changeLedger(client, operation.kind, letters);
  await markTaken(client, operation, upTo, skipped);
  await client.query({
    name: 'count_taken',
    text: 'update desk_operations set taken = $2, skipped = skipped + $3 where id = $1',
    values: [operation.id, upTo, skipped.length],
  });
  return { letters, upTo };
}

/**
 * Says of each letter up to a place what became of it. Those that are skipped are few; all the others are a part of the set
 * without a gap, which needs no join, so that no plan can make it slow while the set is too new for statistics.
 */
async function markTaken(
  client: PoolClient,
  { id, kind, taken }: DeskOperation,
  upTo: number,
  skipped: readonly { seq: number; why: string }[],
): Promise<void> {
  const places = skipped.map(({ seq }) => seq);
  await client.query({
    name: 'mark_taken',
    text: `update desk_operation_messages set state = $4, acted_at = clock_timestamp()
            where operation = $1 and seq > $2 and seq <= $3 and seq <> all ($5::integer[])`,
    values: [id, taken, upTo, MARKS[kind], places],
  });
  if (places.length === 0) return;
  await client.query({
    name: 'mark_skipped',
    text: `update desk_operation_messages set state = 'skipped', skipped_because = ($5::text[])[array_position($4::integer[], seq)]
            where operation = $1 and seq > $2 and seq <= $3 and seq = any ($4::integer[])`,
    values: [id, taken, upTo, places, skipped.map(({ why }) => why)],
  });
}

/** What a message of the set is once the ledger is changed. */
const MARKS: Record<OperationKind, 'sent' | 'marked'> = {
  redrive: 'sent',
  edit: 'sent',
  discard: 'marked',
  restore: 'marked',
};

function upToBytes(rows: readonly NextRow[], bytes: number): NextRow[] {
  let sum = 0;
  const over = rows.findIndex((row, index) => (sum += row.size) > bytes && index > 0);
  return over === -1 ? [...rows] : rows.slice(0, over);
}

function whySkipped(
  kind: OperationKind,
  frozen: NextRow,
  letter: LedgerRow | undefined,
  body: Buffer | undefined,
  { isRedrivable }: StepOptions,
): string | undefined {
  if (letter === undefined || body === undefined) return 'it is gone';
  if (letter.isStored) return 'its order is stored';
  if (letter.state !== (kind === 'restore' ? 'discarded' : 'dead')) return `it is ${letter.state} meanwhile`;
  if (letter.cycle !== frozen.cycle || letter.attempt !== frozen.attempt) return 'it has died again meanwhile';
  const isSentAgain = kind === 'redrive' || kind === 'edit';
  if (isSentAgain && !isRedrivable(body, letter.messageId))
    return 'its body does not claim to be this message: edit it';
  return undefined;
}

async function changeLedger(client: PoolClient, kind: OperationKind, letters: readonly TakenLetter[]): Promise<void> {
  const ids = letters.map(({ messageId }) => messageId);
  if (ids.length === 0) return;
  switch (kind) {
    case 'redrive':
      await client.query({
        name: 'redrive_letters',
        text: `update dead_letters d
                  set cycle = d.cycle + 1, attempt = 0, state = 'redriving', redriven_at = clock_timestamp()
                 from unnest($1::uuid[]) as i (message_id) where d.message_id = i.message_id`,
        values: [ids],
      });
      return;
    case 'edit':
      await client.query({
        name: 'edit_letters',
        text: `update dead_letters d
                  set cycle = d.cycle + 1, attempt = 0, state = 'redriving', redriven_at = clock_timestamp(),
                      body = i.body, source = i.source
                 from unnest($1::uuid[], $2::bytea[], $3::text[]) as i (message_id, body, source)
                where d.message_id = i.message_id`,
        values: [ids, letters.map(({ body }) => body), letters.map(({ source }) => source)],
      });
      return;
    case 'discard':
      await client.query({
        name: 'discard_letters',
        text: `update dead_letters d set state = 'discarded'
                 from unnest($1::uuid[]) as i (message_id) where d.message_id = i.message_id`,
        values: [ids],
      });
      return;
    case 'restore':
      // Its attempts are done, so it stays at the last one; the cycle makes what is left of it in queues stale.
      await client.query({
        name: 'restore_letters',
        text: `update dead_letters d
                  set cycle = d.cycle + 1, restored_cycles = d.restored_cycles || (d.cycle + 1), state = 'dead'
                 from unnest($1::uuid[]) as i (message_id) where d.message_id = i.message_id`,
        values: [ids],
      });
  }
}

/**
 * What was taken by a process that died before all was confirmed, after a place of the set: to be published again, unless
 * endput shows that its message was taken up. `upTo` is the last place that was looked at, `sent` how many of them count
 * as sent; undefined where there is none.
 */
export async function readUnconfirmed(
  client: PoolClient,
  operation: DeskOperation,
  limit: number,
): Promise<(Step & { sent: number }) | undefined> {
  const { rows } = await client.query<TakenLetter & { wasTakenUp: boolean; wasSkipped: boolean }>({
    name: 'read_unconfirmed',
    text: `
      select m.seq, m.message_id as "messageId", d.cycle, d.attempt, d.source, d.type, d.reason,
             d.error_message as "errorMessage", d.headers, d.body, m.state = 'skipped' as "wasSkipped",
             d.cycle is null or d.cycle <> m.cycle + 1
               or case m.state when 'marked' then d.state <> 'dead'
                       else d.state <> 'redriving' or exists (select from retries r
                              where r.message_id = m.message_id and (r.cycle, r.attempt) > (d.cycle, d.attempt)) end
               as "wasTakenUp"
        from desk_operation_messages m left join dead_letters d using (message_id)
       where m.operation = $1 and m.seq > $2 and m.seq <= $3
       order by m.seq limit $4`,
    values: [operation.id, operation.confirmed, operation.taken, limit],
  });
  const last = rows.at(-1);
  return (
    last && {
      letters: rows.filter(({ wasTakenUp, wasSkipped }) => !wasTakenUp && !wasSkipped),
      upTo: last.seq,
      sent: rows.filter(({ wasSkipped }) => !wasSkipped).length,
    }
  );
}
