import { describe, expect, test } from 'vitest';
import { orderRow } from '../../consumer/handlers/order-row.ts';
import { checkDraft, fieldOfRefusal } from '../../apis/storefront/page/desk/order-check.js';
import { draftOf, fieldsOf, setField } from '../../apis/storefront/page/desk/message-draft.js';
import { asOrderMessage, parseBody } from '../../rabbitmq/order-message.ts';

const ID = '08d0382e-8681-58ff-a43e-12f9d167641c';
const message = {
  schema_version: 1,
  message_id: ID,
  processing: { processing_times: 2 },
  origin: { system: 'system_1', database_resource: 'd', schema_resource: 's', table_resource: 't' },
  order: {
    id: 149,
    product: 'White mug',
    price: '12.50',
    created_at: '2026-01-01T09:00:00.123456Z',
    security_check: true,
  },
};
const withOrder = (order: Record<string, unknown>) =>
  JSON.stringify({ ...message, order: { ...message.order, ...order } });

/** Whether a consumer would take it. */
function isTaken(text: string): boolean {
  try {
    orderRow(asOrderMessage(parseBody(Buffer.from(text))));
    return true;
  } catch {
    return false;
  }
}

describe('what the page says of an order', () => {
  test.each([
    ['as it should be', JSON.stringify(message)],
    ['with the longest product', withOrder({ product: '🧺'.repeat(10_000) })],
    ['with a whole price', withOrder({ price: '1' })],
    ['with an offset', withOrder({ created_at: '2026-01-01T09:00:00+02:00' })],
    ['with more fields than are known', JSON.stringify({ ...message, note: 'x' })],
  ])('is nothing of one %s, which a consumer takes', (_what, text) => {
    expect(isTaken(text)).toBe(true);
    expect(checkDraft(text, ID).faults).toEqual([]);
  });

  test.each([
    ['json', '{'],
    ['json', '[]'],
    ['json', '"text"'],
    ['json', JSON.stringify({ ...message, schema_version: 2 })],
    ['json', JSON.stringify({ ...message, processing: {} })],
    ['json', JSON.stringify({ ...message, processing: { processing_times: 0 } })],
    ['json', JSON.stringify({ ...message, origin: { ...message.origin, system: '' } })],
    ['json', JSON.stringify({ ...message, origin: { system: 'system_1' } })],
    ['json', JSON.stringify({ ...message, order: null })],
    ['json', withOrder({ id: 2 ** 53 })],
    ['json', withOrder({ id: '149' })],
    ['json', withOrder({ created_at: 'yesterday' })],
    ['json', withOrder({ created_at: '2026-13-01T09:00:00Z' })],
    ['json', withOrder({ security_check: 'yes' })],
    ['product', withOrder({ product: '  ' })],
    ['product', withOrder({ product: null })],
    ['product', withOrder({ product: 'x'.repeat(10_001) })],
    ['product', withOrder({ product: 'P' }).replace('"P"', '"\\ud800"')],
    ['price', withOrder({ price: '0.00' })],
    ['price', withOrder({ price: '-1.00' })],
    ['price', withOrder({ price: '1.234' })],
    ['price', withOrder({ price: '12,50' })],
    ['price', withOrder({ price: 12.5 })],
  ])('is a fault of %s in one that a consumer refuses: %.80s', (field, text) => {
    expect(isTaken(text)).toBe(false);
    expect(checkDraft(text, ID).faults.map((fault) => fault.field)).toContain(field);
  });

  test('is a fault where the message id is another one', () => {
    const other = JSON.stringify({ ...message, message_id: ID.replace('0', '1') });
    expect(checkDraft(other, ID).faults).toEqual([
      { field: 'json', key: 'edit.fault.field', values: { path: 'message_id', example: ID } },
    ]);
  });

  test('is a fault where a text has a NUL, which endput would refuse', () => {
    const fields = (text: string) => checkDraft(text, ID).faults.map(({ field }) => field);
    expect(fields(withOrder({ product: 'a\0b' }))).toEqual(['product']);
    expect(fields(JSON.stringify({ ...message, origin: { ...message.origin, table_resource: '\0' } }))).toEqual([
      'json',
    ]);
  });

  test('stands at the field that a refusal of the API names', () => {
    expect(fieldOfRefusal('Invalid order: Product is empty.')).toBe('product');
    expect(fieldOfRefusal('invalid order: product is empty')).toBe('product');
    expect(fieldOfRefusal('invalid order: price "x" is not a positive number')).toBe('price');
    expect(fieldOfRefusal('origin.system must be string')).toBe('json');
  });
});

describe('a draft', () => {
  const letter = (text: string, encoding: 'utf8' | 'base64' = 'utf8') => ({
    message_id: ID,
    source: 'system_1',
    body: { encoding, text, bytes: text.length, cut: false },
  });

  test('begins with the message, with its own id, or with an empty one', () => {
    expect(draftOf(letter(JSON.stringify(message)))).toEqual({
      text: JSON.stringify(message, undefined, 2),
      is: 'as_it_was',
    });
    const given = draftOf(letter('{"order":{"product":"x"}}'));
    expect(given.is).toBe('given_its_id');
    expect(JSON.parse(given.text)).toEqual({ message_id: ID, order: { product: 'x' } });
    for (const unread of [letter('{'), letter('[1]'), letter('AAAA', 'base64')]) {
      const { text, is } = draftOf(unread);
      expect(is).toBe('empty');
      expect(checkDraft(text, ID).faults.map(({ field }) => field)).toEqual(['product', 'price', 'json']);
    }
  });

  test('has its fields in the text, and the text in its fields', () => {
    const text = setField(setField(JSON.stringify(message), 'product', '"}<b>'), 'price', '1.00');
    expect(fieldsOf(text)).toEqual({ product: '"}<b>', price: '1.00' });
    expect(JSON.parse(text)).toEqual({ ...message, order: { ...message.order, product: '"}<b>', price: '1.00' } });
    expect(fieldsOf('{"order":{"price":12.5}}')).toEqual({ product: '', price: '12.5' });
    expect(fieldsOf('{')).toBeUndefined();
    expect(setField('{', 'price', '1')).toBe('{');
  });
});
