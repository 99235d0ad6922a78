import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConnection } from '../../apis/storefront/page/feed/connection.js';
import { missedBetween, reconnectDelay, settledOf } from '../../apis/storefront/page/feed/reconnect.js';

/** As much of a WebSocket as the connection uses, driven by the test. */
class Socket extends EventTarget {
  static all: Socket[] = [];
  sent: unknown[] = [];
  isClosed = false;
  constructor() {
    super();
    Socket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.isClosed = true;
  }
  opens() {
    this.dispatchEvent(new Event('open'));
  }
  says(frame: object | string) {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  breaks() {
    this.dispatchEvent(new Event('close'));
  }
}
const latest = () => {
  const socket = Socket.all.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
};
const snapshot = { type: 'snapshot', copy_id: 'a', seq: 7 };
const delta = (seq: number) => ({ type: 'delta', copy_id: 'a', seq });

function connect(random = 0, open = () => new Socket()) {
  const states: string[] = [];
  const frames: number[] = [];
  const connection = createConnection(
    { onFrame: ({ seq }) => frames.push(seq), onState: ({ state }) => states.push(state) },
    {
      open: () => open() as unknown as WebSocket,
      now: () => Date.now(),
      after: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
      random: () => random,
    },
  );
  connection.start();
  return { connection, states, frames };
}

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
});
afterEach(() => {
  vi.useRealTimers();
});

test('it says hello, is live with the snapshot, and hands on every frame', () => {
  const { states, frames } = connect();
  latest().opens();
  expect(latest().sent).toEqual([{ type: 'hello' }]);
  expect(states).toEqual(['connecting']);
  latest().says(snapshot);
  latest().says(delta(8));
  expect(states).toEqual(['connecting', 'live']);
  expect(frames).toEqual([7, 8]);
});

test('after a loss it comes back, and goes on from its last frame', () => {
  const { states, frames } = connect();
  latest().opens();
  latest().says(snapshot);
  latest().says(delta(8));
  latest().breaks();
  expect(states.at(-1)).toBe('waiting');
  vi.advanceTimersByTime(reconnectDelay(0, 0));
  expect(Socket.all).toHaveLength(2);
  latest().opens();
  expect(latest().sent).toEqual([{ type: 'hello', resume: { copy_id: 'a', seq: 8 } }]);
  latest().says({ type: 'resumed', copy_id: 'a', seq: 8, missed: 1 });
  latest().says(delta(9));
  expect(states.at(-1)).toBe('live');
  expect(frames).toEqual([7, 8, 8, 9]);
});

test.each([
  ['leaves out a frame', delta(9)],
  ['sends one of another copy', { type: 'delta', copy_id: 'b', seq: 8 }],
  ['sends no frame', 'no JSON'],
  ['sends a frame of no known type', { type: 'news', copy_id: 'a', seq: 8 }],
])('a feed that %s is begun anew, from a snapshot', (_what, frame) => {
  const { frames } = connect();
  latest().opens();
  latest().says(snapshot);
  const broken = latest();
  broken.says(frame);
  expect(broken.isClosed).toBe(true);
  broken.says(delta(8));
  vi.advanceTimersByTime(reconnectDelay(0, 0));
  latest().opens();
  expect(latest().sent).toEqual([{ type: 'hello' }]);
  expect(frames).toEqual([7]);
});

test('a feed that has been silent for 15 seconds is taken for dead, one that speaks is not', () => {
  const { states } = connect();
  latest().opens();
  latest().says(snapshot);
  vi.advanceTimersByTime(14_000);
  latest().says(delta(8));
  vi.advanceTimersByTime(14_000);
  expect(states.at(-1)).toBe('live');
  vi.advanceTimersByTime(1_000);
  expect(states.at(-1)).toBe('waiting');
});

test('tries that fail come ever later, until the connection was good for a while', () => {
  const { connection } = connect();
  const waits: number[] = [];
  for (let failure = 0; failure < 8; failure += 1) {
    const before = Socket.all.length;
    latest().breaks();
    const since = Date.now();
    while (Socket.all.length === before) vi.advanceTimersToNextTimer();
    waits.push(Date.now() - since);
  }
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  latest().opens();
  latest().says(snapshot);
  vi.advanceTimersByTime(6_000);
  latest().says(delta(8));
  latest().breaks();
  vi.advanceTimersByTime(250);
  expect(Socket.all).toHaveLength(10);
  latest().breaks();
  connection.tryNow();
  expect(Socket.all).toHaveLength(11);
  connection.tryNow();
  expect(Socket.all).toHaveLength(11);
});

test('once stopped it does not come back by itself', () => {
  const { connection } = connect();
  latest().opens();
  latest().says(snapshot);
  connection.stop();
  latest().breaks();
  vi.advanceTimersByTime(120_000);
  expect(Socket.all).toHaveLength(1);
});

test.each([
  ['comes into view before it is shown', ['tryNow', 'start', 'tryNow']],
  ['is shown before it comes into view', ['start', 'tryNow', 'start']],
] as const)('a page that comes back and %s has one connection', (_what, calls) => {
  const { connection } = connect();
  latest().opens();
  latest().says(snapshot);
  connection.stop();
  for (const call of calls) connection[call]();
  expect(Socket.all.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
  latest().opens();
  expect(latest().sent).toEqual([{ type: 'hello', resume: { copy_id: 'a', seq: 7 } }]);
});

test('where no connection can even be opened, it waits and tries again', () => {
  let isForbidden = true;
  const { states } = connect(0, () => {
    if (isForbidden) throw new Error('no WebSocket here');
    return new Socket();
  });
  expect(states).toEqual(['connecting', 'waiting']);
  isForbidden = false;
  vi.advanceTimersByTime(reconnectDelay(0, 0));
  latest().opens();
  latest().says(snapshot);
  expect(states.at(-1)).toBe('live');
});

test('half of the wait is chance', () => {
  expect([reconnectDelay(3, 0), reconnectDelay(3, 0.5), reconnectDelay(3, 1)]).toEqual([2_000, 3_000, 4_000]);
  expect(reconnectDelay(1_000, 1)).toBe(20_000);
});

test('what was missed is told of, and never less than nothing', () => {
  const before = settledOf({
    sources: [
      { stored: 10, dead: 3 },
      { stored: 5, dead: 0 },
    ],
  });
  expect(before).toEqual({ stored: 15, dead: 3 });
  expect(missedBetween(before, { stored: 20, dead: 1 })).toEqual({ stored: 5, dead: 0 });
  expect(settledOf(null)).toEqual({ stored: 0, dead: 0 });
});
