import { expect, test } from 'vitest';
import type { OrderRow } from '../db/endput/settlement.ts';
import { isForgotten } from '../test/harness/garbage.ts';
import { InvalidMessageError } from './failure.ts';
import type { Handler } from './handlers/handler.ts';
import { runHandlers, type Readable } from './run-handlers.ts';

const ROW: OrderRow = {
  system: 'system_1',
  databaseResource: 'db',
  schemaResource: 'public',
  tableResource: 'orders',
  sourceId: 1,
  product: 'x',
  price: '1.00',
  securityCheck: true,
  createdAt: '2026-01-01T00:00:00Z',
};
const never = new AbortController().signal;
const delivery = (messageId: string, type = 'order') =>
  ({
    messageId,
    type,
    headers: { attempt: 1, cycle: 0 },
    position: { attempt: 1, cycle: 0 },
    content: { kind: 'message', message: {} },
  }) as unknown as Readable;

async function outcomesOf(handler: Handler, options: { timeout?: number; cutOff?: AbortSignal } = {}) {
  const handlers = new Map([['order', handler]]);
  const { timeout = 5_000, cutOff = never } = options;
  const attempts = await runHandlers([delivery('a')], handlers, { timeout, cutOff });
  return attempts.map((attempt) => attempt.outcome);
}

test('what a handler returns or resolves with is a success', async () => {
  expect(await outcomesOf(() => ROW)).toEqual([{ kind: 'succeeded', result: ROW }]);
  expect(await outcomesOf(() => Promise.resolve(ROW))).toEqual([{ kind: 'succeeded', result: ROW }]);
});

test('whatever a handler throws is a transient failure, unless it says that the message is invalid', async () => {
  const thrown =
    (value: unknown): Handler =>
    () => {
      throw value;
    };
  const failed = (kind: string, message: string) => [{ kind: 'failed', failure: { kind, message } }];
  expect(await outcomesOf(thrown(new Error('no route')))).toEqual(failed('transient', 'no route'));
  expect(await outcomesOf(thrown('a text'))).toEqual(failed('transient', 'a text'));
  expect(await outcomesOf(thrown(undefined))).toEqual(failed('transient', 'undefined'));
  expect(await outcomesOf(() => Promise.reject(new InvalidMessageError('bad')))).toEqual(
    failed('invalid_message', 'bad'),
  );
});

test('what is no row is a transient failure that names the field', async () => {
  const wrong = { ...ROW, sourceId: '1' } as unknown as OrderRow;
  expect(await outcomesOf(() => wrong)).toEqual([
    {
      kind: 'failed',
      failure: { kind: 'transient', message: 'the handler returned no row: sourceId must be integer' },
    },
  ]);
  expect(await outcomesOf(() => undefined as unknown as OrderRow)).toMatchObject([{ kind: 'failed' }]);
});

test('an error text is kept without NUL and with at most 1,000 characters', async () => {
  const [outcome] = await outcomesOf(() => Promise.reject(new Error(`a\0b${'x'.repeat(2_000)}`)));
  expect(outcome).toHaveProperty('failure.message', `ab${'x'.repeat(998)}`);
});

test('a handler that never returns fails at its deadline, is told so, and holds up no other', async () => {
  let told = false;
  const stuck: Handler = (_, { signal }) => {
    signal.addEventListener('abort', () => (told = true));
    return new Promise(() => undefined);
  };
  const handlers = new Map<string, Handler>([
    ['stuck', stuck],
    ['order', () => ROW],
  ]);
  const attempts = await runHandlers([delivery('a', 'stuck'), delivery('b')], handlers, { timeout: 20, cutOff: never });
  expect(attempts.map(({ outcome }) => outcome)).toEqual([
    { kind: 'failed', failure: { kind: 'transient', message: 'no result after 20 ms' } },
    { kind: 'succeeded', result: ROW },
  ]);
  expect(told).toBe(true);
});

test('work that our own stop cut off is no failed attempt', async () => {
  const stop = new AbortController();
  const handlers = new Map<string, Handler>([
    [
      'stuck',
      () => {
        queueMicrotask(() => stop.abort());
        return new Promise(() => undefined);
      },
    ],
    ['order', () => ROW],
  ]);
  const attempts = await runHandlers([delivery('a', 'stuck'), delivery('b')], handlers, {
    timeout: 5_000,
    cutOff: stop.signal,
  });
  expect(attempts.map(({ decoded }) => decoded.messageId)).toEqual(['b']);
});

test('nothing of a batch is kept, though a handler listened to its signal', async () => {
  const longLived = new AbortController();
  let given: WeakRef<AbortSignal> | undefined;
  await outcomesOf(
    (_, { signal }) => {
      given = new WeakRef(signal);
      signal.addEventListener('abort', () => undefined);
      return ROW;
    },
    { cutOff: longLived.signal },
  );
  expect(given && (await isForgotten(given))).toBe(true);
  expect(longLived.signal.aborted).toBe(false);
});

test('nothing is begun after the cut-off', async () => {
  let begun = 0;
  const handler: Handler = () => {
    begun += 1;
    return ROW;
  };
  expect(await outcomesOf(handler, { cutOff: AbortSignal.abort() })).toEqual([]);
  expect(begun).toBe(0);
});
