import { followOutcomes, judgeCanary } from '../../../db/endput/desk-outcomes.ts';
import { noteWaiting, readOperation, type DeskOperation } from '../../../db/endput/desk-operations.ts';
import {
  leftOfCanary,
  readUnconfirmed,
  takeStep,
  type Confirmation,
  type Step,
} from '../../../db/endput/desk-steps.ts';
import type { Pool, PoolClient } from '../../../db/pool.ts';
import { BrokerUnavailableError } from '../../../rabbitmq/connection.ts';
import type { Publication } from '../../../rabbitmq/publisher.ts';
import { backoffDelay, pause } from '../../../runtime/backoff.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { StorefrontMetrics } from '../storefront-metrics.ts';
import type { DeskBroker } from './desk-broker.ts';
import { isRedrivable, publicationsOf, sourceOf } from './letter-publications.ts';
import type { Pace } from './pace.ts';

export interface DeskContext {
  pool: Pool;
  broker: Pick<DeskBroker, 'publishAll'>;
  metrics: StorefrontMetrics;
  logger: Logger;
  stop: AbortSignal;
  /** Aborted when there is no time left to finish what is in hand. */
  cutOff: AbortSignal;
}
export interface OperationContext extends DeskContext {
  /** The operation's rate, kept from one turn to the next. */
  pace: Pace;
  /** When this turn began, and whether other operations wait for one. */
  turn: { began: number; othersWait: () => boolean };
}

/** Letters of a step at most, and bytes of their bodies. */
const STEP = 1_000;
const STEP_BYTES = 8 * 1024 * 1024;
/** Letters whose outcome is looked for at a time, and milliseconds between two looks. */
const LOOK = 2_000;
const LOOK_INTERVAL = 200;
/** How many times as long as a look took none follows, so that sending has nearly all of the connection's time. */
const LOOK_REST = 10;
/** Milliseconds that one operation is worked at while others wait for their turn. */
const TURN = 1_000;
const BACKOFF = { shortest: 250, longest: 5_000 };

/**
 * Works at an operation until nothing but outcomes is left to wait for. `client` holds its lock, and everything that this
 * writes about the set goes over it. While a step is published, the next one is taken. A process may die anywhere:
 *
 * - before a step's transaction: nothing happened.
 * - between it and the note that its messages were confirmed: the ledger stands at the next cycle, and whoever goes on
 *   publishes them again, unless endput shows that they were taken up (`readUnconfirmed`). A copy has the position of the
 *   first one, so a consumer settles one of them and finds the other stale.
 * - after that note: nothing is left to do.
 *
 * While the broker is away it waits, with the reason in the operation's row. Resolves when there is nothing to send for the
 * moment (all is sent, it does not run, or its canary waits), when `stop` is aborted, or others wait and it had its turn;
 * rejects with the database's error.
 */
export async function workAtOperation(client: PoolClient, id: string, context: OperationContext): Promise<void> {
  const first = await readOperation(client, id);
  if (first === undefined) return;
  const operation = await publishLeftOver(client, first, context);
  if (operation.state === 'running' && (leftOfCanary(operation) > 0 || operation.confirmed === operation.total))
    await sendSteps(client, id, context);
  const isCanary = operation.maxDeadShare !== null;
  while (isCanary && !isOver(context) && (await judgeCanary(client, id)) === 'goes_on')
    await sendSteps(client, id, context);
}

const isOver = ({ stop, turn }: OperationContext): boolean =>
  stop.aborted || (turn.othersWait() && Date.now() - turn.began >= TURN);

/** Sends one step after the other while there is one to take. */
async function sendSteps(client: PoolClient, id: string, context: OperationContext): Promise<void> {
  const { metrics, pace } = context;
  const follow = createFollower(client, id);
  let publishing: Promise<Confirmation> | undefined;
  let confirmed: Confirmation | undefined;
  for (;;) {
    const limit = isOver(context) ? 0 : Math.min(STEP, pace.atOnce);
    const taken = await takeStep(client, id, { confirmed, limit, bytes: STEP_BYTES, isRedrivable, sourceOf });
    metrics.deskSent.inc({ kind: taken.operation.kind }, confirmed?.sent ?? 0);
    confirmed = undefined;
    const { operation, step } = taken;
    // One step after the other, so that what is confirmed has no gaps.
    confirmed = await publishing;
    publishing = step && publishStep(operation, step, context);
    // A failure is looked at when it is its turn.
    publishing?.catch(() => undefined);
    if (step === undefined && confirmed === undefined) return;
    await follow(operation);
  }
}

/** Looks for outcomes now and then, a bounded part of the set at a time. */
function createFollower(client: PoolClient, id: string) {
  let at = 0;
  let nextLookAt = 0;
  return async ({ kind }: Pick<DeskOperation, 'kind'>): Promise<void> => {
    const now = Date.now();
    if (now < nextLookAt || kind === 'discard' || kind === 'restore') return;
    ({ at } = await followOutcomes(client, id, at, LOOK));
    nextLookAt = Date.now() + Math.max(LOOK_INTERVAL, (Date.now() - now) * LOOK_REST);
  };
}

/** Publishes what a process that died may not have; resolves with how the operation stands then. */
async function publishLeftOver(
  client: PoolClient,
  first: DeskOperation,
  context: OperationContext,
): Promise<DeskOperation> {
  let operation = first;
  while (operation.confirmed < operation.taken && !context.stop.aborted) {
    const left = await readUnconfirmed(client, operation, STEP);
    if (left === undefined) return operation;
    context.logger.info(
      { operation: operation.id, messages: left.letters.length },
      'letters that were taken before are published again, since nobody knows whether they were',
    );
    await publish(operation, publicationsOf(operation.kind, left.letters), context);
    const { upTo, sent } = left;
    const options = { confirmed: { upTo, sent }, limit: 0, bytes: 0, isRedrivable, sourceOf };
    ({ operation } = await takeStep(client, operation.id, options));
    context.metrics.deskSent.inc({ kind: operation.kind }, sent);
  }
  return operation;
}

async function publishStep(
  operation: DeskOperation,
  { letters, upTo }: Step,
  context: OperationContext,
): Promise<Confirmation> {
  await context.pace.wait(letters.length, context.stop);
  await publish(operation, publicationsOf(operation.kind, letters), context);
  return { upTo, sent: letters.length };
}

/** Publishes until all is confirmed; rejects only when the process stops meanwhile, or endput is away too. */
async function publish(
  { id, stateReason }: DeskOperation,
  publications: readonly Publication[],
  { broker, pool, metrics, stop, cutOff, logger }: OperationContext,
): Promise<void> {
  for (let failures = 0; ;) {
    try {
      await broker.publishAll(publications, cutOff);
      // It may be a process that is gone that has written it.
      if (failures > 0 || stateReason !== null) await noteWaiting(pool, id, null);
      return;
    } catch (error) {
      if (!(error instanceof BrokerUnavailableError) || stop.aborted) throw error;
      failures += 1;
      metrics.deskWaits.inc();
      logger.warn({ operation: id, failures }, `the operation waits: ${error.message}`);
      await noteWaiting(pool, id, `waits: the broker is away (${error.message})`);
      await pause(backoffDelay(failures, BACKOFF), stop);
    }
  }
}
