import { describe, expect, it } from 'vitest';
import { asOrderMessage, MAX_BODY_BYTES, parseBody } from '../../rabbitmq/order-message.ts';
import { toPublication } from './order-publication.ts';

const stamp = {
  system: 'system_1',
  identity: {
    namespace: '0b8f5b1e-3a59-4a55-8f0a-6d2a53c1a111',
    database_resource: 'db_postgres_1',
    schema_resource: 'public',
    table_resource: 'orders',
  },
  simulation: { enabled: true, maxAttempts: 5 },
};
const order = {
  id: 1,
  product: 'Product 14437',
  price: '274.00',
  created_at: '2024-01-16T17:51:41.887123Z',
  security_check: true,
};
const row = { ...order, xid: '740' };

describe('the message of a row', () => {
  it('has the documented body, and properties that agree with it', () => {
    const publication = toPublication(row, stamp);
    const body = asOrderMessage(parseBody(publication.body));
    expect(body).toEqual({
      schema_version: 1,
      message_id: publication.messageId,
      processing: { processing_times: body.processing.processing_times },
      origin: {
        system: 'system_1',
        database_resource: 'db_postgres_1',
        schema_resource: 'public',
        table_resource: 'orders',
      },
      order,
    });
    expect(publication).toMatchObject({
      exchange: 'orders',
      mandatory: true,
      type: 'order',
      appId: 'system_1',
      headers: { attempt: 1, cycle: 0 },
    });
    expect(publication.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
  it('is the same to the byte when the row is published again, whatever its xid is by then', () => {
    expect(toPublication({ ...row, xid: '3' }, stamp)).toEqual(toPublication(row, stamp));
  });
  it('has another id in another database, in another system, and for an id that is used again later', () => {
    const identity = { ...stamp.identity, namespace: '7d0c9f3e-0f8c-4d4c-9d7e-2b6f0f6f2222' };
    const ids = [
      toPublication(row, stamp),
      toPublication(row, { ...stamp, identity }),
      toPublication(row, { ...stamp, system: 'system_2' }),
      toPublication({ ...row, created_at: '2024-01-16T17:51:41.887124Z' }, stamp),
    ].map((publication) => publication.messageId);
    expect(new Set(ids).size).toBe(4);
  });
  it('fits into a message even for the largest row that the table can hold', () => {
    const largest = {
      ...row,
      product: '\u0001'.repeat(10_000),
      price: `-${'9'.repeat(131_072)}.${'9'.repeat(16_383)}`,
    };
    expect(toPublication(largest, stamp).body.length).toBeLessThanOrEqual(MAX_BODY_BYTES);
  });
});
