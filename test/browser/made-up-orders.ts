import { randomUUID } from 'node:crypto';
import type { OrderDetails, StoredOrder } from '../../apis/storefront/order-answers.ts';
import { ID } from './made-up-id.ts';

/** An order that failed once and waits for its second attempt. */
export const waitingOrder = (of: Partial<OrderDetails> = {}): OrderDetails => ({
  message_id: ID,
  state: 'waiting',
  source: 'system_1',
  order: { source_id: 149, product: 'White mug', price: '12.50', created_at: '2026-01-01T00:00:00.000Z' },
  position: { cycle: 0, attempt: 1 },
  settled_at: new Date().toISOString(),
  next_attempt_at: new Date(Date.now() + 600_000).toISOString(),
  reason: null,
  error: { kind: 'transient', message: 'simulated failure: succeeds at attempt 2' },
  max_attempts: 5,
  history: 'complete',
  timeline: [
    {
      cycle: 0,
      attempt: 1,
      record: 'recorded',
      outcome: 'retrying',
      at: new Date().toISOString(),
      duration_ms: 3.1,
      info: 'It was not successful at the 1 attempt.',
      error: { kind: 'transient', message: 'simulated failure: succeeds at attempt 2' },
      next_attempt_at: new Date(Date.now() + 600_000).toISOString(),
      consumer: 'host:1',
    },
  ],
  ...of,
});

/** An order that endput has. */
export const storedOrder = (product: string, of: Partial<StoredOrder> = {}): StoredOrder => ({
  message_id: randomUUID(),
  source: 'system_2',
  source_id: 7,
  product,
  price: '99.00',
  security_check: true,
  created_at: '2026-01-01T00:00:00.000000Z',
  stored_at: new Date().toISOString(),
  attempt: 3,
  cycle: 0,
  ...of,
});
