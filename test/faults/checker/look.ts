import { browseDeadLetters, whyNotBrowse } from './browse-dead-letters.ts';
import { ofNumbers, type Deviation } from './deviation.ts';
import type { QueuedDeadLetter, SourceRow } from './evidence.ts';
import { judge } from './judge.ts';
import { mergeBooks } from './merge.ts';
import type { CheckOptions } from './options.ts';
import { openSnapshot } from './postgres.ts';
import { readQueues, type QueueDepth, type QueueDepths } from './queues.ts';
import { openAttemptLog } from './read-attempt-log.ts';
import {
  countDead,
  findDoubledOrders,
  readEndedCycles,
  readLedger,
  readOrders,
  readRetries,
  readSuspects,
} from './read-endput.ts';
import { readSource } from './read-source.ts';
import { createSorter } from './sorter.ts';
import { createTally, type Tally } from './tally.ts';

/** Milliseconds by which the clocks of the servers may differ. */
const CLOCKS_DIFFER = 10_000;

export interface LookResult extends Tally {
  queues: QueueDepths;
  /** Why the messages of `dlq_queue` were only counted. */
  deadLettersCountedBecause: string | undefined;
}

/**
 * Reads all books once and judges them. They are on several servers, so there is no common moment; they are read in the
 * order in which a message goes through them, so that what has left one place is found in a later one: the sources,
 * the depth of the queues, endput, `dlq_queue`, the attempt log. Rejects with a `CannotLookError`.
 */
export async function lookOnce(options: CheckOptions): Promise<LookResult> {
  const closers: (() => unknown)[] = [];
  try {
    const rows = createSorter<SourceRow>();
    closers.push(() => rows.remove());
    for (const source of options.sources) {
      await readSource(source, options.ownHandler ? undefined : options, rows);
    }
    const queues = await readQueues(options.broker);
    const endput = await openSnapshot('endput', options.endput);
    closers.push(() => endput.close());

    const queued = createSorter<QueuedDeadLetter>();
    closers.push(() => queued.remove());
    const { seen: deadLettersSeen, because } = await seeDeadLetters(options, queues, queued);
    const log = await openAttemptLog(options.attemptLog);
    closers.push(() => log.close());

    const books = createTally(options.sources.map(({ system }) => system));
    const evidences = mergeBooks({
      rows: rows.batches(),
      stored: readOrders(endput),
      waiting: readRetries(endput),
      ledger: readLedger(endput),
      ended: readEndedCycles(endput),
      deaths: readSuspects(endput),
      queued: queued.batches(),
      records: log.records,
    });
    for await (const evidence of evidences) {
      const now = Date.now();
      const verdict = judge(evidence, {
        settled: options.settled,
        maxAttempts: options.maxAttempts,
        now,
        logExpiredBefore: now - options.attemptLogTtl + CLOCKS_DIFFER,
        recordsUnderWay: !options.settled && held(queues.attemptLog) > 0,
        deadLettersSeen,
      });
      books.add(evidence, verdict);
    }
    (await findDoubledOrders(endput)).forEach(books.find);
    judgeQueues(options, queues, books.tally).forEach(books.find);
    if (options.deadLetters !== 'none' && !deadLettersSeen) {
      judgeDeadLetterCount(await countDead(endput), queues).forEach(books.find);
    }
    return { ...books.tally, queues, deadLettersCountedBecause: because };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function seeDeadLetters(
  { deadLetters, broker }: CheckOptions,
  { deadLetters: depth }: QueueDepths,
  into: ReturnType<typeof createSorter<QueuedDeadLetter>>,
): Promise<{ seen: boolean; because: string | undefined }> {
  if (deadLetters !== 'messages') return { seen: false, because: undefined };
  // No queue has no message.
  if (!depth) return { seen: true, because: undefined };
  const because = await whyNotBrowse(broker, depth);
  if (because === undefined) await browseDeadLetters(broker, into);
  return { seen: because === undefined, because };
}

const held = (depth: { ready: number; unacknowledged: number } | undefined): number =>
  depth ? depth.ready + depth.unacknowledged : 0;

function judgeQueues({ settled }: CheckOptions, queues: QueueDepths, { sources }: Tally): Deviation[] {
  if (settled) {
    const { primary, retries, attemptLog } = queues;
    return Object.entries({ primary_queue: primary, 'retry queues': retries, attempt_log: attemptLog }).flatMap(
      ([name, depth]) => (held(depth) > 0 ? [ofNumbers('under_way', name, `${held(depth)} messages in it`)] : []),
    );
  }
  // What was published before the queue was counted, and is not in endput after that, must have been in the queue.
  const unseen = Object.values(sources).reduce((sum, books) => sum + books.in_flight, 0);
  const room = atMost(queues.primary);
  return unseen > room
    ? [ofNumbers('lost', 'primary_queue', `${unseen} rows are in flight, and it holds ${room} at most`)]
    : [];
}

/** The statistics of what is in hand are old, the prefetch of its consumers bounds it. */
const atMost = (depth: QueueDepth | undefined): number =>
  depth ? depth.ready + Math.max(depth.unacknowledged, depth.prefetched) : 0;

function judgeDeadLetterCount(dead: number, { deadLetters }: QueueDepths): Deviation[] {
  const there = atMost(deadLetters);
  return dead > there
    ? [ofNumbers('dead_letter_not_in_queue', 'dlq_queue', `${dead} dead letters in the ledger, ${there} in the queue`)]
    : [];
}
