import { expect, test } from 'vitest';
import { readRecords, recordOf, recordPublications } from './attempt-records.ts';
import type { SettledAttempt } from './settled-attempt.ts';

const ID = '0190a5b4-6a0e-5c3e-9d1f-2b7c3f1e4a55';
const at = new Date('2026-11-21T10:00:00.000Z');
const message = { processing: { processing_times: 2 }, origin: { system: 'system_1' }, order: { id: 1, product: 'x' } };
const settled = (what: SettledAttempt['what'], attempt = 1): SettledAttempt => ({
  decoded: { messageId: ID, content: { kind: 'message', message } } as unknown as SettledAttempt['decoded'],
  position: { cycle: 0, attempt },
  at,
  what,
  durationMs: 3.14159,
});
const error = { kind: 'transient', message: 'why' };

test('the record of an attempt says what became of it in the words of the log', () => {
  expect(recordOf(settled({ outcome: 'retrying', error, dueAt: new Date(at.getTime() + 10_000) }), 5)).toEqual({
    message_id: ID,
    cycle: 0,
    processing: {
      processing_attempts: 1,
      processing_info: 'It was not successful at the 1 attempt.',
      processing_times: 2,
    },
    origin: message.origin,
    order: message.order,
    processed_at: '2026-11-21T10:00:00.000Z',
    outcome: 'retrying',
    error,
    next_attempt_at: '2026-11-21T10:00:10.000Z',
    consumer: expect.stringMatching(/:\d+$/) as string,
    duration_ms: 3.142,
  });
  expect(recordOf(settled({ outcome: 'succeeded' }, 2), 5).processing.processing_info).toBe(
    'SUCCESS at the 2 attempt.',
  );
  expect(
    recordOf(settled({ outcome: 'dead', error, reason: 'attempts_exhausted' }, 5), 5).processing.processing_info,
  ).toBe('FAIL to process message - sent to DLQ. Attempt: 5/5');
});

test('records travel in one message an outcome, none above 256 KiB, and come out as they went in', () => {
  const large = { ...message, order: { id: 1, product: 'x'.repeat(10_000) } };
  const attempts = Array.from({ length: 60 }, (_, index) => {
    const one = settled(
      index % 2 === 0 ? { outcome: 'succeeded' } : { outcome: 'dead', error, reason: 'invalid_message' },
    );
    return {
      ...one,
      decoded: { ...one.decoded, content: { kind: 'message', message: large } },
    } as unknown as SettledAttempt;
  });
  const publications = recordPublications(attempts, { maxAttempts: 5, ttl: 600_000 });
  expect(publications.map((publication) => publication.routingKey)).toEqual(['succeeded', 'succeeded', 'dead', 'dead']);
  for (const { body, expiration } of publications) {
    expect(body.length).toBeLessThanOrEqual(256 * 1024);
    expect(expiration).toBe(600_000);
  }
  expect(publications.flatMap(({ body }) => readRecords(body))).toHaveLength(60);
});

test.each(['{}', '[{}]', 'nonsense', '[{"message_id":"x"}]'])('%s is no list of attempt records', (body) => {
  expect(() => readRecords(Buffer.from(body))).toThrow();
});
