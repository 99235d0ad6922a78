/** @import { OrderDetails, TimelineAttempt } from '../api.js' */
/** @import { AttemptEvent } from '../feed/frames.js' */

const STATES = /** @type {const} */ ({ succeeded: 'stored', retrying: 'waiting', dead: 'dead' });

/**
 * What is known of an order once the feed has told of an attempt of it: shown at once, before the API is asked again. An
 * attempt below what is known changes nothing.
 * @param {OrderDetails} details
 * @param {AttemptEvent} event
 * @returns {OrderDetails}
 */
export function mergeAttempt(details, event) {
  const isOf = (/** @type {{ cycle: number, attempt: number }} */ { cycle, attempt }) =>
    cycle === event.cycle && attempt === event.attempt;
  if (details.timeline.some((known) => isOf(known) && known.record === 'recorded')) return details;
  /** @type {TimelineAttempt} */
  const told = {
    cycle: event.cycle,
    attempt: event.attempt,
    record: 'not_yet',
    outcome: event.outcome,
    at: event.at,
    duration_ms: event.duration_ms,
    info: null,
    error: event.error,
    next_attempt_at: event.next_attempt_at,
    consumer: null,
  };
  const timeline = [...details.timeline.filter((known) => !isOf(known)), told].sort(compare);
  const { position } = details;
  const isNewest = position === null || compare(position, told) <= 0;
  if (!isNewest) return { ...details, timeline };
  return {
    ...details,
    state: STATES[event.outcome],
    position: { cycle: event.cycle, attempt: event.attempt },
    settled_at: event.at,
    next_attempt_at: event.next_attempt_at,
    reason: event.reason,
    error: event.error,
    timeline,
  };
}

/** @param {{ cycle: number, attempt: number }} a @param {{ cycle: number, attempt: number }} b */
const compare = (a, b) => a.cycle - b.cycle || a.attempt - b.attempt;
