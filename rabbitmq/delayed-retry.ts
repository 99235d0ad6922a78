import { setTimeout as sleep } from 'node:timers/promises';
import type { Management } from './management.ts';
import { PRIMARY_QUEUE } from './topology.ts';

/**
 * What makes RabbitMQ 4.3 hold a message that is given back with `nack`, measured on 4.3.6:
 * - `returned` holds what a `nack` returns, for min and max alike; a `nack` raises `x-acquired-count` and leaves
 *   `x-delivery-count` alone. What goes back because its channel or connection ended is not held, and raises both.
 * - A policy counts at once. What is held already comes back at the time that it was held for, whatever becomes of the
 *   policy meanwhile; a channel that closes does not touch it, a purge of the queue deletes it.
 * - A passive declaration and `messages_ready` do not count what is held, `messages` and `messages_delayed` do.
 * - Only the policy of the highest priority applies, whole. An operator policy is merged into it: the larger min and the
 *   smaller max count.
 */
export type DelayedRetry = Readonly<Record<`delayed-retry-${'type' | 'min' | 'max'}`, string | number>>;

/** The keys of the policy under which every retry waits `delay` ms. */
export const delayedRetryOf = (delay: number): DelayedRetry => ({
  'delayed-retry-type': 'returned',
  'delayed-retry-min': delay,
  'delayed-retry-max': delay,
});

/** Name of the policy that is ours to put and to put again. */
export const DELAYED_RETRY_POLICY = 'order-ingestion-delayed-retry';

/** Of what the management API says of a queue. An empty definition may be an empty list. */
export interface QueueAnswer {
  type?: string;
  policy?: string | null;
  operator_policy?: string | null;
  effective_policy_definition?: Record<string, unknown> | unknown[] | null;
}

/**
 * Whether `primary_queue` holds retries for the delay wanted. `missing`: no policy applies but ours, so that ours can be
 * put. `refused`: it cannot, or not without harm to a policy of the user's; `reason` says what to do.
 */
export type DelayedRetryState = { kind: 'effective' } | { kind: 'missing' } | { kind: 'refused'; reason: string };

/**
 * Compares what is in force for `primary_queue` with a delay of `delay` ms; `wasPut` says that our policy was put for it.
 * A pure function.
 */
export function judgeDelayedRetry(queue: QueueAnswer, delay: number, wasPut = false): DelayedRetryState {
  if (queue.type !== 'quorum') {
    return { kind: 'refused', reason: `${PRIMARY_QUEUE} is no quorum queue (but ${queue.type ?? 'unknown'})` };
  }
  const definition = queue.effective_policy_definition ?? {};
  const inForce: Record<string, unknown> = Array.isArray(definition) ? {} : definition;
  const wanted = delayedRetryOf(delay);
  if (Object.entries(wanted).every(([key, value]) => inForce[key] === value)) return { kind: 'effective' };
  const { policy, operator_policy: operator } = queue;
  if (policy && policy !== DELAYED_RETRY_POLICY) {
    // Only one policy applies: ours above it would silently end what it is there for.
    return {
      kind: 'refused',
      reason:
        `policy "${policy}" applies to ${PRIMARY_QUEUE} and does not ask for it: ` +
        `add ${JSON.stringify(wanted)} to its definition, or let it not match this queue`,
    };
  }
  if (operator && wasPut) {
    return {
      kind: 'refused',
      reason: `operator policy "${operator}" makes it ${describe(inForce)}: take that out of it, or ask for the same delay`,
    };
  }
  return { kind: 'missing' };
}

const describe = (definition: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(definition).filter(([key]) => key.startsWith('delayed-retry-'))));

/** How often, and after how many milliseconds, a policy that was just put is looked for. */
const LOOKS = 10;
const LOOK_INTERVAL = 100;

/**
 * Sees to it that `primary_queue` holds retries for `delay` ms: puts our policy where none applies, and reads what is in
 * force. Resolves with that, and whether it had to be put; it stays `missing` where the policy was taken and does not
 * show. Rejects with a `ManagementError`.
 */
export async function ensureDelayedRetry(
  management: Management,
  delay: number,
): Promise<{ state: DelayedRetryState; wasPut: boolean }> {
  const look = async (wasPut: boolean) => judgeDelayedRetry(await readQueue(management), delay, wasPut);
  let state = await look(false);
  if (state.kind !== 'missing') return { state, wasPut: false };
  await management.call('PUT', `/policies/${management.vhost}/${DELAYED_RETRY_POLICY}`, {
    pattern: `^${PRIMARY_QUEUE}$`,
    'apply-to': 'quorum_queues',
    // Below whatever the user may put later: a policy that is left behind must be in nobody's way.
    priority: 0,
    definition: delayedRetryOf(delay),
  });
  for (let looks = 0; looks < LOOKS; looks += 1) {
    state = await look(true);
    if (state.kind !== 'missing') break;
    await sleep(LOOK_INTERVAL);
  }
  return { state, wasPut: true };
}

/** Without statistics, which are some seconds old: policies are then those of this moment. */
const readQueue = async ({ call, vhost }: Management): Promise<QueueAnswer> =>
  (await call('GET', `/queues/${vhost}/${PRIMARY_QUEUE}?disable_stats=true`)) as QueueAnswer;

/** What is wrong with a state, and what to do about it. */
export const reasonOf = (state: Exclude<DelayedRetryState, { kind: 'effective' }>): string =>
  state.kind === 'refused'
    ? state.reason
    : `policy ${DELAYED_RETRY_POLICY} was put and does not show in ${PRIMARY_QUEUE}`;
