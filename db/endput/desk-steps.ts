import { transactionOn, type PoolClient } from '../pool.ts';
import { changeLetters } from './change-letters.ts';
import { OPERATION_COLUMNS, wantSweep, type DeskOperation, type OperationState } from './desk-operations.ts';
import {
  readNext,
  readPlaces,
  whySkipped,
  type LedgerLetter,
  type SetLetter,
  type StandingLetter,
} from './set-letters.ts';
import { isSentAgain } from './set-progress.ts';

/** A letter as it is to be published, the ledger having been changed to that. */
export interface TakenLetter extends LedgerLetter {
  /** Place in the set. */
  seq: number;
  messageId: string;
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

/** Letters beyond those that a canary may send that are looked at, in place of those that will be left alone. */
const LOOK_AHEAD = 100;

/** How many letters the step of a canary still has to send; what was left alone does not count. Without a canary, no end. */
export const leftOfCanary = ({ canaryStep, canarySent, taken, skipped }: DeskOperation): number =>
  canaryStep === null ? Infinity : canaryStep - (taken - skipped - canarySent);

/** A letter that is to be taken, and which state of the ledger's row that is true of. */
type Candidate = TakenLetter & Pick<StandingLetter, 'version'>;
interface Skipped {
  seq: number;
  why: string;
}

async function take(client: PoolClient, operation: DeskOperation, options: StepOptions): Promise<Step | undefined> {
  const toSend = leftOfCanary(operation);
  if (toSend <= 0) return undefined;
  const { id, kind, taken: after } = operation;
  const limit = Math.min(options.limit, toSend + LOOK_AHEAD);
  const next = await readNext(client, { id, after, limit, bytes: options.bytes });
  const { letters, skipped, upTo } = sortOut(operation, next, toSend, options);
  if (upTo === undefined) return undefined;

  // Letters are not locked before they are changed, which would visit each once more: those that somebody else has changed
  // since they were read are looked at again.
  const taken = new Map(letters.map((letter) => [letter.seq, letter]));
  for (let left = await changeLetters(client, kind, letters); left.length > 0;) {
    const places = left.map(({ seq }) => seq);
    for (const seq of places) taken.delete(seq);
    const again = sortOut(operation, await readPlaces(client, id, places), Infinity, options);
    skipped.push(...again.skipped);
    for (const letter of again.letters) taken.set(letter.seq, letter);
    left = await changeLetters(client, kind, again.letters);
  }
  await noteStep(client, operation, upTo, skipped);
  return { letters: [...taken.values()].sort((a, b) => a.seq - b.seq), upTo };
}

/** Those of the letters that are to be taken, `toSend` at most, and those that are skipped; `upTo` is the place of the last one. */
function sortOut(
  { kind }: DeskOperation,
  rows: readonly SetLetter[],
  toSend: number,
  { isRedrivable, sourceOf }: StepOptions,
): { letters: Candidate[]; skipped: Skipped[]; upTo: number | undefined } {
  const letters: Candidate[] = [];
  const skipped: Skipped[] = [];
  let upTo: number | undefined;
  for (const row of rows) {
    if (letters.length === toSend) break;
    upTo = row.seq;
    const why = whySkipped(kind, row, isRedrivable);
    if (row.state === null || why !== undefined) {
      skipped.push({ seq: row.seq, why: why ?? 'it is gone' });
      continue;
    }
    const { seq, messageId, version, attempt, type, reason, errorMessage, headers, bodyAfter } = row;
    letters.push({
      ...{ seq, messageId, version, attempt, type, reason, errorMessage, headers },
      cycle: kind === 'discard' ? row.cycle : row.cycle + 1,
      body: bodyAfter ?? row.body,
      source: bodyAfter === null ? row.source : sourceOf(bodyAfter),
    });
  }
  return { letters, skipped, upTo };
}

/** Says how far the set was taken, when, and what was skipped: what became of all the others follows from it. */
async function noteStep(
  client: PoolClient,
  { id, taken }: DeskOperation,
  upTo: number,
  skipped: readonly Skipped[],
): Promise<void> {
  if (skipped.length > 0) {
    await client.query({
      name: 'mark_skipped',
      text: `update desk_operation_messages set state = 'skipped', skipped_because = ($5::text[])[array_position($4::integer[], seq)]
              where operation = $1 and seq > $2 and seq <= $3 and seq = any ($4::integer[])`,
      values: [id, taken, upTo, skipped.map(({ seq }) => seq), skipped.map(({ why }) => why)],
    });
  }
  await client.query({
    name: 'note_step',
    text: `with step as (insert into desk_operation_steps (operation, up_to) values ($1, $2))
           update desk_operations set taken = $2, skipped = skipped + $3 where id = $1`,
    values: [id, upTo, skipped.length],
  });
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
               or case when not $5 then d.state <> 'dead'
                       else d.state <> 'redriving' or exists (select from retries r
                              where r.message_id = m.message_id and (r.cycle, r.attempt) > (d.cycle, d.attempt)) end
               as "wasTakenUp"
        from desk_operation_messages m left join dead_letters d using (message_id)
       where m.operation = $1 and m.seq > $2 and m.seq <= $3
       order by m.seq limit $4`,
    values: [operation.id, operation.confirmed, operation.taken, limit, isSentAgain(operation.kind)],
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
