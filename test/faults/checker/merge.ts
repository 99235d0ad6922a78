import type {
  AttemptRecord,
  EndedCycle,
  Evidence,
  LedgerRow,
  QueuedDeadLetter,
  SourceRow,
  StoredOrder,
  WaitingRetry,
} from './evidence.ts';

/** A thing with the message that it belongs to. */
export interface Filed<T> {
  messageId: string;
  value: T;
}

/** Things in the order of their message ids, which is that of their characters, some at a time. */
export type Ordered<T> = AsyncIterable<Filed<T>[]> | Iterable<Filed<T>[]>;

/** What the stores hold, each in the order of message ids. */
export interface Books {
  rows: Ordered<SourceRow>;
  stored: Ordered<StoredOrder>;
  waiting: Ordered<WaitingRetry>;
  ledger: Ordered<LedgerRow>;
  /** Of each message its cycles that operators ended. */
  ended: Ordered<EndedCycle>;
  /** Deaths of suspects. */
  deaths: Ordered<number>;
  queued: Ordered<QueuedDeadLetter>;
  records: Ordered<AttemptRecord>;
}

/** Message after message, by id, with all that the books hold of it. Throws where a store is not in order. */
export async function* mergeBooks(books: Books): AsyncGenerator<Evidence> {
  const rows = createHand('the sources', books.rows);
  const stored = createHand('orders', books.stored);
  const waiting = createHand('retries', books.waiting);
  const ledger = createHand('dead_letters', books.ledger);
  const ended = createHand('desk_operation_messages', books.ended);
  const deaths = createHand('suspects', books.deaths);
  const queued = createHand('dlq_queue', books.queued);
  const records = createHand('the attempt log', books.records);
  const hands: Hand<unknown>[] = [rows, stored, waiting, ledger, ended, deaths, queued, records];
  for (;;) {
    let messageId: string | undefined;
    for (const hand of hands) {
      if (hand.isEmpty()) await hand.refill();
      const next = hand.next();
      if (next !== undefined && (messageId === undefined || next < messageId)) messageId = next;
    }
    if (messageId === undefined) return;
    const one = async <T>(hand: Hand<T>): Promise<T | undefined> => (await take(hand, messageId))[0];
    const evidence: Evidence = {
      messageId,
      ended: await take(ended, messageId),
      queued: await take(queued, messageId),
      records: await take(records, messageId),
    };
    const [row, order, retry, deadLetter] = [await one(rows), await one(stored), await one(waiting), await one(ledger)];
    const suspected = (await take(deaths, messageId)).reduce((sum, more) => sum + more, 0);
    if (row) evidence.row = row;
    if (order) evidence.stored = order;
    if (retry) evidence.waiting = retry;
    if (deadLetter) evidence.ledger = deadLetter;
    if (suspected > 0) evidence.deaths = suspected;
    yield evidence;
  }
}

const NOTHING: never[] = [];

async function take<T>(hand: Hand<T>, messageId: string): Promise<T[]> {
  if (hand.next() !== messageId) return NOTHING;
  const taken: T[] = [];
  while (hand.next() === messageId) {
    taken.push(hand.take());
    if (hand.isEmpty()) await hand.refill();
  }
  return taken;
}

type Hand<T> = ReturnType<typeof createHand<T>>;

/** What was read of a store and is not merged yet. */
function createHand<T>(name: string, ordered: Ordered<T>) {
  const source = Symbol.asyncIterator in ordered ? ordered[Symbol.asyncIterator]() : ordered[Symbol.iterator]();
  let batch: Filed<T>[] = [];
  let at = 0;
  let isDone = false;
  let last = '';
  return {
    isEmpty: () => at >= batch.length && !isDone,
    async refill(): Promise<void> {
      while (at >= batch.length && !isDone) {
        const next = await source.next();
        isDone = next.done === true;
        batch = isDone ? [] : (next.value as Filed<T>[]);
        at = 0;
      }
    },
    next: (): string | undefined => batch[at]?.messageId,
    take(): T {
      const filed = batch[at];
      if (!filed) throw new Error(`nothing is left of ${name}`);
      if (filed.messageId < last) throw new Error(`${name} is not in order: ${filed.messageId} comes after ${last}`);
      last = filed.messageId;
      at += 1;
      return filed.value;
    },
  };
}
