import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toPublication } from '../../../apis/source-system/order-publication.ts';
import { decide } from '../../../consumer/decide.ts';
import { failureOf } from '../../../consumer/failure.ts';
import { handleOrder } from '../../../consumer/handlers/order.ts';
import { asOrderMessage } from '../../../rabbitmq/order-message.ts';
import { readBody } from './content.ts';
import { expectationOf } from './expectation.ts';
import { messageIdOf } from './message-id.ts';

const MESSAGE_ID = '5f0d8a3e-1111-5222-8333-444455556666';
const RULES = { maxAttempts: 5, simulatedFailures: true };
const ROW = { messageId: MESSAGE_ID, product: 'Lamp', price: '12.50', securityCheck: true };

describe('what is to become of a row', () => {
  test.each<[string, Partial<typeof ROW>, object]>([
    ['whose security check failed', { securityCheck: false }, { kind: 'dead', reason: 'attempts_exhausted' }],
    ['without a product', { product: '' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a product of spaces', { product: ' \u00a0\t' }, { kind: 'dead', reason: 'invalid_message' }],
    ['for nothing', { price: '0.00' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a negative price', { price: '-1' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a price of 3 decimals', { price: '1.230' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a price that is no number', { price: 'NaN' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with an endless price', { price: 'Infinity' }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a price of 101 digits', { price: '9'.repeat(101) }, { kind: 'dead', reason: 'invalid_message' }],
    ['with a price beyond endput', { price: '1000000000000' }, { kind: 'dead', reason: 'refused_by_endput' }],
    ['with the highest price', { price: '999999999999.99' }, { kind: 'stored' }],
    ['that is valid', {}, { kind: 'stored' }],
  ])('%s', (_, more, outcome) => {
    expect(expectationOf({ ...ROW, ...more }, RULES)).toMatchObject({ outcome });
  });

  test('an invalid one is dead at its first attempt, although it would never have succeeded', () => {
    expect(expectationOf({ ...ROW, product: '', securityCheck: false }, RULES)).toMatchObject({ attempts: 1 });
  });

  test('without simulated failures every valid one is stored at its first attempt', () => {
    const expected = expectationOf({ ...ROW, securityCheck: false }, { ...RULES, simulatedFailures: false });
    expect(expected).toEqual({ outcome: { kind: 'stored' }, attempts: 1, processingTimes: 1 });
  });
});

/** Publishes a row, and tries its message until it is stored or dead, with the real publisher, handler and decision. */
function whatHappens(row: typeof ROW & { id: number; created_at: string }, rules: typeof RULES) {
  const publication = toPublication(
    {
      id: row.id,
      product: row.product,
      price: row.price,
      security_check: row.securityCheck,
      created_at: row.created_at,
      xid: '3',
    },
    {
      system: 'system_1',
      identity: { namespace: NAMESPACE, database_resource: 'db', schema_resource: 'public', table_resource: 'orders' },
      simulation: { enabled: rules.simulatedFailures, maxAttempts: rules.maxAttempts },
    },
  );
  const message = asOrderMessage(JSON.parse(publication.body.toString()));
  for (let attempt = 1; ; attempt += 1) {
    try {
      handleOrder(message, { attempt, signal: new AbortController().signal });
      return { publication, attempts: attempt, outcome: { kind: 'stored' } };
    } catch (error) {
      const decision = decide({ kind: 'failed', failure: failureOf(error) }, attempt, {
        maxAttempts: rules.maxAttempts,
        delays: [1],
      });
      if (decision.kind !== 'dead_letter') continue;
      return { publication, attempts: attempt, outcome: { kind: 'dead', reason: decision.reason } };
    }
  }
}
const NAMESPACE = '0b5f1c1e-0c9e-4a57-9d0e-6f1a6e6b4c11';

test('the checker and the system, which share no line, agree on id, content and fate of every row', () => {
  fc.assert(
    fc.property(
      fc.record({
        id: fc.integer({ min: 1 }),
        product: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', ' ', '\ufeff', '\u200b')),
        price: fc.oneof(
          fc.integer({ min: -100, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2)),
          fc.constantFrom('0', 'NaN', 'Infinity', '1.230', '0.001', '00', '5', '7.1', '9'.repeat(100), '9'.repeat(101)),
        ),
        securityCheck: fc.boolean(),
        created_at: fc.constantFrom('2026-01-01T00:00:00.000001Z', '0001-01-01T00:00:00.000000Z'),
      }),
      fc.record({ maxAttempts: fc.integer({ min: 1, max: 100 }), simulatedFailures: fc.boolean() }),
      (row, rules) => {
        const messageId = messageIdOf(NAMESPACE, {
          system: 'system_1',
          table: 'orders',
          id: String(row.id),
          createdAt: row.created_at,
        });
        const { publication, attempts, outcome } = whatHappens({ ...row, messageId }, rules);
        expect(publication.messageId).toBe(messageId);
        const expected = expectationOf({ ...row, messageId }, rules);
        // What endput refuses shows only in endput; the handler lets it pass.
        const isRefused = expected.outcome.kind === 'dead' && expected.outcome.reason === 'refused_by_endput';
        expect({ attempts: expected.attempts, outcome: isRefused ? { kind: 'stored' } : expected.outcome }).toEqual({
          attempts,
          outcome,
        });
        expect(readBody(publication.body)).toMatchObject({ messageId, processingTimes: expected.processingTimes });
      },
    ),
    { numRuns: 1_000 },
  );
});
