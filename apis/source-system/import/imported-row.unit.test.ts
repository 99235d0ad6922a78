import { describe, expect, it } from 'vitest';
import { toNewOrder } from './imported-row.ts';

const row = { line: 2, product: 'p', price: '1', securityCheck: true, createdAt: null };

describe('an imported row', () => {
  it.each(['0', '-5', '1.234', '+7', '.5', '5.', '1e3', '2.5E-2', ' 12.50 '])('may have the price "%s"', (price) => {
    expect(toNewOrder({ ...row, price })).toMatchObject({ price: price.trim() });
  });
  it.each(['', 'NaN', 'Infinity', '1,5', '£3', '0x10', '1e999', '1_000', '--1', '9'.repeat(200)])(
    'may not have the price "%s"',
    (price) => expect(toNewOrder({ ...row, price })).toMatch(/^(price|the price)/),
  );
  it('keeps its product but for outer white space', () => {
    expect(toNewOrder({ ...row, product: '\t a  "b", c \u00a0' })).toMatchObject({ product: 'a  "b", c' });
  });
  it('may have a product of 10,000 characters, as people count them, and no more', () => {
    expect(toNewOrder({ ...row, product: '😀'.repeat(10_000) })).toBeTypeOf('object');
    expect(toNewOrder({ ...row, product: 'a'.repeat(10_001) })).toBe('the product has more than 10000 characters');
  });
  it.each([
    ['true', true],
    ['FALSE', false],
    [' yes ', true],
    ['0', false],
  ])('reads a security check of "%s"', (securityCheck, expected) => {
    expect(toNewOrder({ ...row, securityCheck })).toMatchObject({ securityCheck: expected });
  });
  it('may not have a security check of "maybe"', () => {
    expect(toNewOrder({ ...row, securityCheck: 'maybe' })).toBe('security_check "maybe" is neither true nor false');
  });
  it.each([
    ['2010-12-01 08:26:00', '2010-12-01T08:26:00Z'],
    ['2024-01-16T17:51:41.887123Z', '2024-01-16T17:51:41.887123Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['2024-01-16T17:51+0530', '2024-01-16T17:51:00+05:30'],
  ])('reads the time "%s"', (createdAt, expected) => {
    expect(toNewOrder({ ...row, createdAt })).toMatchObject({ createdAt: expected });
  });
  it.each(['', '2023-02-29', '2024-01-16T25:00', '01/12/2010', 'infinity', '0000-01-01', '9999-12-31T23:59-12', '5'])(
    'may not have the time "%s"',
    (createdAt) => expect(toNewOrder({ ...row, createdAt })).toMatch(/^created_at/),
  );
});
