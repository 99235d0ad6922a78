import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import type { AttemptRecord } from '../../db/attempt-log/attempt-record.ts';
import { OrderDetails } from './order-answers.ts';
import { orderDetails, type KnownOfOrder } from './order-details.ts';

const ID = '08d0382e-8681-58ff-a43e-12f9d167641c';
const NOW = new Date('2026-01-01T01:00:00.000Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const error = { kind: 'transient', message: 'why' };

const record = (attempt: number, seconds: number, outcome: AttemptRecord['outcome'] = 'retrying'): AttemptRecord => ({
  message_id: ID,
  cycle: 0,
  processing: { processing_attempts: attempt, processing_info: 'info', processing_times: 3 },
  origin: { system: 'system_1' },
  order: { id: 7, product: 'Tea', price: '1.00', created_at: '2026-01-01T00:00:00.000000Z' },
  processed_at: ago(seconds).toISOString(),
  outcome,
  ...(outcome !== 'succeeded' && { error }),
  consumer: 'host:1',
});
const waiting = (attempt: number, seconds: number) => ({
  waiting: { position: { cycle: 0, attempt }, carrier: attempt, at: ago(seconds), dueAt: ago(seconds - 10), error },
});
const ledger = (attempt: number, seconds: number, cycle = 0, restoredCycles: number[] = []) => ({
  ledger: {
    position: { cycle, attempt },
    carrier: attempt,
    at: ago(seconds),
    state: 'dead' as const,
    reason: 'attempts_exhausted' as const,
    error,
    restoredCycles,
  },
});
function details(known: Partial<KnownOfOrder>) {
  const found = orderDetails({
    messageId: ID,
    standing: undefined,
    stored: undefined,
    unstored: undefined,
    records: [],
    maxAttempts: 5,
    ttl: 600_000,
    now: NOW,
    ...known,
  });
  if (found !== undefined) expect([...Compile(OrderDetails).Errors(found)]).toEqual([]);
  return found;
}
const places = (found: ReturnType<typeof details>) =>
  found?.timeline.map(({ attempt, record: kind, outcome }) => `${attempt} ${kind} ${outcome ?? 'null'}`);

test('nobody knows an order without a standing and without records', () => {
  expect(details({})).toBeUndefined();
  expect(details({ records: undefined })).toBeUndefined();
});

test('an order that waits has its attempts so far and when the next is due', () => {
  const found = details({ standing: waiting(2, 5), records: [record(1, 15), record(2, 5)] });
  expect(found).toMatchObject({
    state: 'waiting',
    history: 'complete',
    next_attempt_at: ago(-5).toISOString(),
    source: 'system_1',
    order: { source_id: 7, product: 'Tea' },
  });
  expect(places(found)).toEqual(['1 recorded retrying', '2 recorded retrying']);
});

test('a dead letter has its five attempts and its reason', () => {
  const records = [1, 2, 3, 4, 5].map((attempt) => record(attempt, 50 - attempt, attempt === 5 ? 'dead' : 'retrying'));
  const found = details({ standing: ledger(5, 45), records });
  expect(found).toMatchObject({ state: 'dead', reason: 'attempts_exhausted', error, history: 'complete' });
  expect(found?.timeline).toHaveLength(5);
});

test('a dead letter that was discarded and restored, even twice, has the attempts of the cycle in which it died', () => {
  const records = [1, 2, 3].map((attempt) => record(attempt, 50 - attempt, attempt === 3 ? 'dead' : 'retrying'));
  const complete = details({ standing: ledger(3, 45, 2, [1, 2]), records });
  expect(complete).toMatchObject({ state: 'dead', position: { cycle: 2, attempt: 3 }, history: 'complete' });
  expect(complete?.timeline.map(({ cycle, attempt }) => [cycle, attempt])).toEqual([1, 2, 3].map((n) => [0, n]));
  const late = details({ standing: ledger(3, 5, 1, [1]), records: records.slice(0, 2) });
  expect(places(late)).toEqual(['1 recorded retrying', '2 recorded retrying', '3 not_yet dead']);
});

test('what the log has forgotten is expired, what it does not have yet is on its way', () => {
  const old = details({ standing: ledger(3, 1_000) });
  expect(places(old)).toEqual(['1 expired retrying', '2 expired retrying', '3 expired dead']);
  expect(old?.history).toBe('expired');
  const partly = details({ standing: ledger(3, 100), records: [record(3, 100, 'dead')] });
  expect(places(partly)).toEqual(['1 expired retrying', '2 expired retrying', '3 recorded dead']);
  const overtaken = details({ standing: ledger(3, 2), records: [record(1, 20), record(3, 2, 'dead')] });
  expect(places(overtaken)).toEqual(['1 recorded retrying', '2 not_yet retrying', '3 recorded dead']);
  expect(overtaken?.history).toBe('complete');
  const fresh = details({ standing: waiting(2, 0), records: [record(1, 10)] });
  expect(places(fresh)).toEqual(['1 recorded retrying', '2 not_yet retrying']);
  expect(fresh?.history).toBe('complete');
});

test('without the log, state and position are told all the same', () => {
  const found = details({ standing: waiting(2, 5), records: undefined });
  expect(found).toMatchObject({ state: 'waiting', position: { attempt: 2 }, history: 'unavailable' });
  expect(places(found)).toEqual(['1 unavailable retrying', '2 unavailable retrying']);
});

test('a redriven dead letter that waits again is waiting; the attempts of its first cycle may be gone', () => {
  const found = details({
    standing: { ...ledger(0, 50, 1), waiting: { ...waiting(1, 5).waiting, position: { cycle: 1, attempt: 1 } } },
  });
  expect(found).toMatchObject({ state: 'waiting', position: { cycle: 1, attempt: 1 }, history: 'expired' });
});

test('a body that is no message harms nothing', () => {
  for (const body of ['', 'null', '[]', '{"order":5}', '{"order":{"id":"x","product":7}}', '\u0000'])
    expect(details({ standing: ledger(1, 5), unstored: { source: 'unknown', body: Buffer.from(body) } })).toBeDefined();
});
