import { PING_INTERVAL, SHORTEST_INTERVAL } from './feed-messages.ts';
import type { FeedClients } from './feed-clients.ts';
import type { Feed } from './feed.ts';

/** Of the time, how much may go into making and sending frames: a fifth. With many clients frames become fewer. */
const REST_FOR_WORK = 4;

/** A clock and a timer, given in tests. */
export interface Clock {
  /** The time of day, in milliseconds; somebody may set it. */
  now: () => number;
  /** Milliseconds that only ever go on: for how long something took, and is ago. */
  passed: () => number;
  /** Calls back once after so many milliseconds; the result undoes it. */
  after: (milliseconds: number, callback: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  passed: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Flushes the feed to its clients, at most once in `SHORTEST_INTERVAL` and less often where sending takes long, and pings
 * them. `stop` ends it.
 */
export function startPulse(options: { feed: Feed; clients: FeedClients; clock?: Clock; onFrame?: () => void }) {
  const { feed, clients, clock = systemClock, onFrame } = options;
  let undo: (() => void) | undefined;
  let pingedAt = clock.passed();
  const beat = () => {
    const began = clock.passed();
    const frame = feed.flush(clock.now(), began);
    if (frame) {
      onFrame?.();
      clients.broadcast(frame.bytes);
    }
    if (began - pingedAt >= PING_INTERVAL) {
      pingedAt = began;
      clients.ping();
    }
    const spent = clock.passed() - began;
    undo = clock.after(Math.max(SHORTEST_INTERVAL, spent * REST_FOR_WORK), beat);
  };
  undo = clock.after(SHORTEST_INTERVAL, beat);
  return { stop: () => undo?.() };
}
