import type { PoolClient } from '../pool.ts';
import type { OperationKind } from './desk-operations.ts';
import { TAKES } from './desk-orders.ts';
import { isSentAgain } from './set-progress.ts';
import type { DeadLetterReason, LedgerState } from './standings.ts';

/** A letter of an operation's set, as it was when the set was frozen and as it stands now. */
export type SetLetter = FrozenLetter & (StandingLetter | { state: null });

interface FrozenLetter {
  /** Place in the set. */
  seq: number;
  messageId: string;
  frozenCycle: number;
  frozenAttempt: number;
  /** Of an edit. */
  bodyAfter: Buffer | null;
}
export interface StandingLetter extends LedgerLetter {
  state: LedgerState;
  /** Another one after every change of the ledger's row. */
  version: string;
  isStored: boolean;
}
/** What the ledger keeps of a letter so that it can be published. */
export interface LedgerLetter {
  cycle: number;
  attempt: number;
  source: string;
  type: string;
  reason: DeadLetterReason;
  errorMessage: string;
  headers: Record<string, unknown>;
  body: Buffer;
}

/**
 * SQL of letters of the set $1. Each is looked up alone, as `offset 0` demands: before there are statistics, the planner may
 * read all of the ledger for a join.
 */
const lettersOf = (condition: string, more = ''): string => `
  select m.seq, m.message_id as "messageId", m.cycle as "frozenCycle", m.attempt as "frozenAttempt",
         m.body_after as "bodyAfter", d.*${more}
    from desk_operation_messages m left join lateral (
           select l.state, l.xid::text as version, l.cycle, l.attempt, l.source, l.type, l.reason,
                  l.error_message as "errorMessage", l.headers, l.body,
                  exists (select from orders o where o.message_id = l.message_id) as "isStored"
             from dead_letters l where l.message_id = m.message_id offset 0) d on true
   where m.operation = $1 and ${condition}`;

/** The letters after a place of a set, `limit` at most, and as many as have `bytes` bytes in their bodies, but one always. */
export async function readNext(
  client: PoolClient,
  { id, after, limit, bytes }: { id: string; after: number; limit: number; bytes: number },
): Promise<SetLetter[]> {
  const { rows } = await client.query<SetLetter>({
    name: 'next_of_set',
    // Places have no gaps: before there are statistics, the planner may read all of the set for a limit.
    text: `
      select * from (${lettersOf(
        'm.seq > $2 and m.seq <= $2 + $3',
        ', sum(octet_length(d.body)) over (order by m.seq rows unbounded preceding) as bytes',
      )}) as read
       where coalesce(bytes, 0) <= $4 or seq = $2 + 1
       order by seq`,
    values: [id, after, limit, bytes],
  });
  return rows;
}

/** The letters at some places of a set. */
export async function readPlaces(client: PoolClient, id: string, places: readonly number[]): Promise<SetLetter[]> {
  const { rows } = await client.query<SetLetter>(`${lettersOf('m.seq = any ($2)')} order by m.seq`, [id, places]);
  return rows;
}

/** Why a letter is to be left alone; undefined where it stands as it stood when the set was frozen. */
export function whySkipped(
  kind: OperationKind,
  letter: SetLetter,
  isRedrivable: (body: Buffer, messageId: string) => boolean,
): string | undefined {
  if (letter.state === null) return 'it is gone';
  if (letter.isStored) return 'its order is stored';
  if (letter.state !== TAKES[kind]) return `it is ${letter.state} meanwhile`;
  if (letter.cycle !== letter.frozenCycle || letter.attempt !== letter.frozenAttempt)
    return 'it has died again meanwhile';
  if (isSentAgain(kind) && !isRedrivable(letter.bodyAfter ?? letter.body, letter.messageId))
    return 'its body does not claim to be this message: edit it';
  return undefined;
}
