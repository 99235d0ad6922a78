import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { createFeedClients, type ClientSocket } from './feed-clients.ts';
import { Delta, LONGEST_INTERVAL, Snapshot, SHORTEST_INTERVAL } from './feed-messages.ts';
import { createFeed } from './feed.ts';
import { createFrameRing } from './frame-ring.ts';
import { shortened } from './product-list.ts';
import { startPulse } from './pulse.ts';
import { addMoney } from './shown-totals.ts';
import type { AttemptEvent, Product, Totals } from './shown.ts';
import { createStorefrontMetrics } from './storefront-metrics.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const event = (outcome: AttemptEvent['outcome'], at = START): AttemptEvent => ({
  message_id: '08d0382e-8681-58ff-a43e-12f9d167641c',
  cycle: 0,
  attempt: 1,
  outcome,
  source: 'system_1',
  source_id: 1,
  product: 'Tea',
  price: '1.00',
  at: new Date(at).toISOString(),
  duration_ms: 0.1,
  error: null,
  reason: null,
  next_attempt_at: null,
});
const product = (key: string, orders: number, name = key): Product => ({
  key,
  product: name,
  last_price: '1.00',
  last_stored_at: new Date(START).toISOString(),
  orders,
  revenue: `${orders}.00`,
});
const totals = (stored: number): Totals => ({
  as_of: new Date(START).toISOString(),
  complete: true,
  held_back: null,
  sources: [{ source: 'system_1', stored, revenue: '1.00', waiting: 0, dead: 0, redriving: 0, discarded: 0 }],
  waiting: { count: 0, next_due_at: null },
  attempts_needed: [],
  dead_by_reason: [],
});
const feedAt = (now = START) => createFeed({ copyId: 'copy', maxAttempts: 5, now, random: () => 0.5 });
const parsed = (text: Buffer | undefined) => JSON.parse(String(text ?? null)) as Record<string, unknown>;
const delta = (text: Buffer | string | undefined): Delta => {
  const value: unknown = JSON.parse(String(text ?? null));
  expect([...Compile(Delta).Errors(value)]).toEqual([]);
  return value as Delta;
};
const snapshotOf = (feed: ReturnType<typeof feedAt>): Snapshot => {
  const value: unknown = JSON.parse(String(feed.answer({ type: 'hello' }).frames[0]));
  expect([...Compile(Snapshot).Errors(value)]).toEqual([]);
  return value as Snapshot;
};

describe('a frame', () => {
  test('tells all that changed since the one before, once, and a snapshot is the sum of the frames', () => {
    const feed = feedAt();
    feed.connection('endput', 'up', START);
    feed.totals(totals(1));
    feed.totals(totals(2));
    feed.products({ products: [product('a', 2), product('b', 1)], count: 2 });
    feed.attempt('system_1', 'succeeded', () => event('succeeded'));
    expect(snapshotOf(feed)).toMatchObject({ seq: 0, totals: null, attempts: [], products: { keys: [] } });

    const first = delta(feed.flush(START + 50)?.bytes);
    expect(first).toMatchObject({
      seq: 1,
      connections: { endput: { state: 'up' }, broker: { state: 'connecting' } },
      totals: { sources: [{ stored: 2 }] },
      products: { keys: ['a', 'b'], count: 2 },
      attempts: { sampled: { shown: 1, of: 1 } },
    });
    expect(snapshotOf(feed)).toMatchObject({ seq: 1, totals: { sources: [{ stored: 2 }] }, attempts: [{}] });
    expect(feed.flush(START + 100)).toBeUndefined();

    feed.products({ products: [product('b', 3), product('a', 2)], count: 2 });
    const second = delta(feed.flush(START + 150)?.bytes);
    expect(second.products).toMatchObject({ keys: ['b', 'a'], changed: [{ key: 'b', orders: 3 }] });
    expect(Object.keys(second).sort()).toEqual(['at', 'copy_id', 'products', 'seq', 'type']);
    expect(snapshotOf(feed).products.changed.map(({ key, orders }) => [key, orders])).toEqual([
      ['b', 3],
      ['a', 2],
    ]);
  });

  test('is sent though nothing happened, when the last one is long ago', () => {
    const feed = feedAt(START);
    feed.flush(START + 1);
    expect(delta(feed.flush(START + LONGEST_INTERVAL + 1)?.bytes).type).toBe('delta');
  });

  test('shows a sample of many attempts with each outcome in it, counts all, and says so', () => {
    const feed = feedAt();
    for (let index = 0; index < 1_000; index += 1) feed.attempt('system_1', 'succeeded', () => event('succeeded'));
    feed.attempt('system_2', 'dead', () => event('dead'));
    const { attempts } = delta(feed.flush(START + 50)?.bytes);
    expect(attempts?.sampled).toEqual({ shown: 20, of: 1_001 });
    expect(attempts?.outcomes).toEqual({ succeeded: 1_000, retrying: 0, dead: 1 });
    expect(attempts?.list.filter(({ outcome }) => outcome === 'dead')).toHaveLength(1);
  });

  test('has the rates of the last seconds, and the bars of the chart without a gap', () => {
    const feed = feedAt();
    for (let index = 0; index < 30; index += 1) feed.attempt('system_1', 'succeeded', () => event('succeeded'));
    const frames = [1, 2, 3, 4, 5].map((second) => feed.flush(START + second * 1_000)).map((frame) => frame?.bytes);
    expect(delta(frames[4]).rates).toMatchObject({
      over_seconds: 5,
      outcomes: { succeeded: 6 },
      sources: [{ source: 'system_1', succeeded: 6 }],
    });
    const bars = snapshotOf(feed).history.buckets;
    expect(bars.map(({ at, succeeded }) => [Date.parse(at) - START, succeeded])).toEqual([
      [0, 30],
      [2_000, 0],
    ]);
  });

  test('cuts a long name between what a reader sees as characters', () => {
    expect(shortened('x'.repeat(10_000))).toHaveLength(240);
    expect(shortened('👨‍👩‍👧‍👦'.repeat(100))).toBe('👨‍👩‍👧‍👦'.repeat(21));
    expect(shortened(`a${'\u0301'.repeat(10_000)}`)).toHaveLength(240);
    expect(shortened('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
  });
});

test('a clock that is set back stops neither the heartbeat nor the rates', () => {
  const feed = feedAt();
  feed.flush(START, 0);
  const hourBack = START - 3_600_000;
  expect(delta(feed.flush(hourBack, LONGEST_INTERVAL + 1)?.bytes).type).toBe('delta');
  for (let index = 0; index < 50; index += 1) feed.attempt('system_1', 'succeeded', () => event('succeeded'));
  const frames = [1, 2, 3, 4, 5, 6].map((second) => feed.flush(hourBack + second * 1_000, 10_000 + second * 1_000));
  const rates = frames.flatMap((frame) => (frame ? [delta(frame.bytes).rates?.outcomes.succeeded ?? 0] : []));
  expect(Math.max(...rates)).toBeGreaterThan(0);
});

describe('a client that comes back', () => {
  test('shares the bytes of its snapshot with all that come back at once', () => {
    const feed = feedAt();
    feed.totals(totals(1));
    feed.flush(START + 50);
    const answers = Array.from({ length: 1_000 }, () => feed.answer({ type: 'hello' }).frames[0]);
    expect(new Set(answers).size).toBe(1);
    const resumed = Array.from({ length: 2 }, () =>
      feed.answer({ type: 'hello', resume: { copy_id: 'copy', seq: 0 } }),
    );
    expect(resumed[0]?.frames[1]).toBe(resumed[1]?.frames[1]);
    const { socket, received } = fakeSocket();
    const clients = clientsOf();
    clients.connect(socket);
    clients.answer(socket, [answers[0] ?? Buffer.alloc(0)]);
    expect(received[0]).toBe(answers[0]);
  });

  test('gets the frames that it missed, or a snapshot with the reason', () => {
    const feed = feedAt();
    for (let seq = 1; seq <= 4; seq += 1) {
      feed.totals(totals(seq));
      feed.flush(START + seq * 50);
    }
    const resume = (copy_id: string, seq: number) => feed.answer({ type: 'hello', resume: { copy_id, seq } });
    const { kind, frames } = resume('copy', 2);
    expect(kind).toBe('resumed');
    expect(frames.map((text) => parsed(text))).toMatchObject([
      { type: 'resumed', missed: 2, seq: 2 },
      { seq: 3 },
      { seq: 4 },
    ]);
    expect(resume('copy', 4).frames.map((text) => parsed(text))).toMatchObject([{ type: 'resumed', missed: 0 }]);
    expect(resume('another', 4)).toMatchObject({ kind: 'other_copy' });
    expect(resume('copy', 5)).toMatchObject({ kind: 'missed_too_much' });
    expect(parsed(resume('another', 4).frames[0])).toMatchObject({ type: 'snapshot', seq: 4, because: 'other_copy' });
  });

  test('gets a snapshot where the frames are gone or would be too much; the ring stays within its bounds', () => {
    const ring = createFrameRing({ frames: 10, bytes: 1_000, missedBytes: 300 });
    for (let seq = 1; seq <= 1_000; seq += 1) ring.push({ seq, bytes: Buffer.alloc(seq % 7 === 0 ? 200 : 50) });
    expect(ring.length()).toBeLessThanOrEqual(10);
    expect(ring.bytes()).toBeLessThanOrEqual(1_000);
    expect(ring.after(999, 1_000)?.map(({ seq }) => seq)).toEqual([1_000]);
    expect(ring.after(1_000, 1_000)).toEqual([]);
    expect(ring.after(990, 1_000)).toBeUndefined();
    expect(ring.after(100, 1_000)).toBeUndefined();
  });
});

/** A socket that nobody reads: what is sent to it stays. */
function fakeSocket(reads = true) {
  const sent: string[] = [];
  const received: Buffer[] = [];
  const calls: string[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send: (data: Buffer) => {
      sent.push(data.toString());
      received.push(data);
      if (!reads) socket.bufferedAmount += data.length;
    },
    ping: () => calls.push('ping'),
    close: (code: number) => calls.push(`close ${code}`),
    terminate: () => calls.push('terminate'),
  };
  return { socket: socket as unknown as ClientSocket, sent, received, calls };
}
const clientsOf = (mostUnread?: number) =>
  createFeedClients({
    metrics: createStorefrontMetrics(new Registry()),
    logger: pino({ level: 'silent' }),
    ...(mostUnread !== undefined && { mostUnread }),
  });

describe('clients', () => {
  test('one that does not read is dropped, the others go on', () => {
    const clients = clientsOf(1_000);
    const [slow, quick] = [fakeSocket(false), fakeSocket()];
    for (const { socket } of [slow, quick]) {
      clients.connect(socket);
      clients.answer(socket, [Buffer.from('snapshot')]);
    }
    for (let index = 0; index < 50; index += 1) clients.broadcast(Buffer.alloc(100));
    expect(slow.calls).toEqual(['close 4429', 'terminate']);
    expect(slow.sent.length).toBeLessThan(13);
    expect(quick.sent).toHaveLength(51);
    expect(clients.count()).toBe(1);
  });

  test('one that says nothing gets no frame; one that answers no ping is dropped', () => {
    const clients = clientsOf();
    const [silent, alive] = [fakeSocket(), fakeSocket()];
    for (const { socket } of [silent, alive]) clients.connect(socket);
    clients.broadcast(Buffer.from('x'));
    expect(silent.sent).toEqual([]);
    clients.ping();
    clients.sawPong(alive.socket);
    clients.ping();
    expect(silent.calls).toEqual(['ping', 'terminate']);
    expect(alive.calls).toEqual(['ping', 'ping']);
  });
});

describe('the pulse', () => {
  /** A clock that moves only when it is told to; `work` is what each frame costs. */
  function run(milliseconds: number, work: number) {
    let now = START;
    let due = Infinity;
    let callback = () => {};
    const feed = feedAt();
    const clients = clientsOf();
    const client = fakeSocket();
    clients.connect(client.socket);
    clients.answer(client.socket, []);
    const broadcast = clients.broadcast.bind(clients);
    const pulse = startPulse({
      feed,
      clients: {
        ...clients,
        broadcast: (bytes) => {
          now += work;
          broadcast(bytes);
        },
      },
      clock: {
        now: () => now,
        passed: () => now,
        after: (wait, then) => {
          due = now + wait;
          callback = then;
          return () => (due = Infinity);
        },
      },
    });
    while (now < START + milliseconds) {
      // 20,000 attempts a second.
      for (let index = 0; index < 20; index += 1) feed.attempt('system_1', 'succeeded', () => event('succeeded', now));
      now += 1;
      if (now >= due) callback();
    }
    pulse.stop();
    return client.sent.map((text) => delta(text));
  }

  test('sends at most 20 frames a second, whatever happens, and loses no count', () => {
    const frames = run(10_000, 0);
    expect(frames.length).toBeLessThanOrEqual((20 * 10_000) / 1_000);
    expect(frames.length).toBeGreaterThan(150);
    const counted = frames.reduce((sum, { attempts }) => sum + (attempts?.sampled.of ?? 0), 0);
    expect(counted).toBeGreaterThan(20 * (10_000 - 2 * SHORTEST_INTERVAL));
    expect(frames.every(({ attempts }) => (attempts?.list.length ?? 0) <= 20)).toBe(true);
  });

  test('sends fewer where sending takes long, so that it takes a fifth of the time at most', () => {
    expect(run(10_000, 100).length).toBeLessThanOrEqual(10_000 / 500);
  });
});

test('money is added to the cent', () => {
  expect(addMoney('0.00', '0.05')).toBe('0.05');
  expect(addMoney('99999999999999999.99', '0.01')).toBe('100000000000000000.00');
});
