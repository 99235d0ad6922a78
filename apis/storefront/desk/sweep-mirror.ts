import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import {
  beginSweep,
  finishSweep,
  noteSwept,
  readLetterPositions,
  readMissing,
  SWEEP_LOCK,
  type LedgerPlace,
  type SweepCounts,
} from '../../../db/endput/dead-letter-sweep.ts';
import { withSessionLock } from '../../../db/endput/session-lock.ts';
import type { Pool, PoolClient } from '../../../db/pool.ts';
import { BrokerUnavailableError } from '../../../rabbitmq/connection.ts';
import { HEADERS, readHeaders } from '../../../rabbitmq/headers.ts';
import { DEAD_LETTER_QUEUE } from '../../../rabbitmq/topology.ts';
import { walkQueue, type WalkVerdict } from '../../../rabbitmq/walk-queue.ts';
import { pause } from '../../../runtime/backoff.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { isMessageId } from '../page-places.ts';
import type { StorefrontMetrics } from '../storefront-metrics.ts';
import type { DeskBroker } from './desk-broker.ts';
import { mirroredAgain } from './letter-publications.ts';
import { createPace } from './pace.ts';

export interface SweepContext {
  pool: Pool;
  broker: DeskBroker;
  /** Messages a second at most. */
  rate: number;
  metrics: StorefrontMetrics;
  logger: Logger;
  stop: AbortSignal;
  /** Aborted when there is no time left to finish what is in hand. */
  cutOff: AbortSignal;
}

/** Messages of the queue at a time; letters of the ledger at a time, and bytes of those that are published together. */
const BATCH = 200;
const PAGE = 2_000;
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Makes `dlq_queue` what the ledger says: walks it once, takes out copies that the ledger has left behind (its letter is not
 * dead any more, or stands farther) and second copies, puts the others to its end, and publishes the letters that it lacks.
 * What the ledger does not know stays there. Only one process sweeps at a time. Resolves with what was done, undefined where
 * another process sweeps; rejects with the error of endput or broker, and is then to be tried again.
 *
 * It may die at any moment, and the next sweep begins anew:
 * - after a live message was published to the end, before it was acknowledged: it is there twice, and the next sweep takes
 *   one out. A message is never acknowledged before that.
 * - after a stale one was acknowledged: it is gone, as it should be.
 * - while missing letters are published: the next sweep meets those that were and publishes the rest.
 * - a letter that is redriven or discarded while its message is put to the end leaves a stale copy there. Its operation asks
 *   for a sweep when it ends.
 * - somebody else has messages in hand: what the walk does not meet while the queue still counts it, or the management
 *   API tells of, is no lost message. Nothing is published then, and the sweep begins again.
 * - a consumer that has just filed a letter, and has not published it yet, may find it published: then it is there twice,
 *   until the next sweep.
 */
export function sweepMirror(context: SweepContext): Promise<SweepCounts | undefined> {
  const { pool, broker, metrics, logger, stop, cutOff } = context;
  return withSessionLock(pool, SWEEP_LOCK, async (client) => {
    const begin = await beginSweep(client);
    const counts: SweepCounts = { lookedAt: 0, stale: 0, kept: 0, unknown: 0, published: 0 };
    const pace = createPace(context.rate);
    const mark = { header: HEADERS.sweep, value: randomUUID() };
    counts.lookedAt = await broker.withConnection('storefront: sweep of dlq_queue', (connection) =>
      walkQueue(connection, {
        queue: DEAD_LETTER_QUEUE,
        judge: (messages) => judge(client, messages, counts),
        mark,
        batch: BATCH,
        pace: (messages) => pace.wait(messages, stop),
        stop,
      }),
    );
    let after: LedgerPlace | undefined;
    do {
      if (stop.aborted) return undefined;
      const { letters, next } = await readMissing(client, begin.horizon, after, { limit: PAGE, bytes: PAGE_BYTES });
      // Once, before the first of them: what is missing may only be in somebody's hand.
      if (letters.length > 0 && counts.published === 0 && !(await isInNobodysHand(context))) return undefined;
      await pace.wait(letters.length, stop);
      await broker.publishAll(
        letters.map((letter) => mirroredAgain(letter, mark)),
        cutOff,
      );
      counts.published += letters.length;
      after = next;
    } while (after !== undefined);
    await finishSweep(client, begin, counts);
    for (const what of ['stale', 'kept', 'unknown', 'published'] as const)
      metrics.sweptLetters.inc({ what }, counts[what]);
    logger.info(counts, 'dlq_queue was swept');
    return counts;
  });
}

/** What a message of the queue says that it is; undefined where no consumer of ours published it. */
function claimOf({ properties }: ConsumeMessage): { messageId: string; cycle: number; attempt: number } | undefined {
  const messageId: unknown = properties.messageId;
  if (typeof messageId !== 'string' || !isMessageId(messageId)) return undefined;
  try {
    return { messageId, ...readHeaders(properties.headers) };
  } catch {
    return undefined;
  }
}

/** Milliseconds in which the broker has told that nobody has messages in hand any more, and between two questions. */
const LATENESS = 15_000;
const QUESTION = 1_000;

/**
 * Whether nobody holds messages of `dlq_queue` that may come back: those of this sweep are told of for some seconds more.
 * False where `stop` was aborted. Rejects with a `BrokerUnavailableError` where somebody goes on holding some. Where the
 * management API does not answer nobody can tell, and second copies are taken out by the next sweep.
 */
async function isInNobodysHand({ broker, stop }: SweepContext): Promise<boolean> {
  const giveUpAt = Date.now() + LATENESS;
  while (!stop.aborted) {
    const inHand = await broker.inHand(DEAD_LETTER_QUEUE);
    if (inHand === undefined || inHand === 0) return true;
    if (Date.now() > giveUpAt)
      throw new BrokerUnavailableError(`somebody has ${inHand} messages of ${DEAD_LETTER_QUEUE} in hand`);
    await pause(QUESTION, stop);
  }
  return false;
}

async function judge(
  client: PoolClient,
  messages: readonly ConsumeMessage[],
  counts: SweepCounts,
): Promise<WalkVerdict[]> {
  const claims = messages.map(claimOf);
  const ids = new Set(claims.flatMap((claim) => (claim ? [claim.messageId] : [])));
  const ledger = await readLetterPositions(client, [...ids]);
  const isLive = (claim: (typeof claims)[number]) => {
    const letter = claim && ledger.get(claim.messageId);
    return letter?.state === 'dead' && letter.cycle === claim?.cycle && letter.attempt === claim.attempt;
  };
  const live = new Set(claims.flatMap((claim) => (claim && isLive(claim) ? [claim.messageId] : [])));
  const unmet = await noteSwept(client, [...live]);
  return claims.map((claim) => {
    const letter = claim && ledger.get(claim.messageId);
    // A copy beyond the ledger was made by nobody of ours: it is none of the letters that we know.
    if (!claim || !letter || isBeyond(claim, letter)) {
      counts.unknown += 1;
      return 'keep';
    }
    // The first copy of each: a second one in the same batch finds the id gone.
    if (isLive(claim) && unmet.delete(claim.messageId)) {
      counts.kept += 1;
      return 'keep';
    }
    counts.stale += 1;
    return 'remove';
  });
}

const isBeyond = (a: { cycle: number; attempt: number }, b: { cycle: number; attempt: number }): boolean =>
  a.cycle > b.cycle || (a.cycle === b.cycle && a.attempt > b.attempt);
