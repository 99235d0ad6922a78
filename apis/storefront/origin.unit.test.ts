import { expect, test } from 'vitest';
import { isAllowedOrigin, listOrigins } from './origin.ts';
import { readStorefrontConfiguration } from './storefront-configuration.ts';

test.each([
  ['http://localhost:8000', 'localhost:8000', true],
  ['https://shop.example', 'shop.example', true],
  ['http://LOCALHOST:8000', 'LocalHost:8000', true],
  ['http://localhost:8001', 'localhost:8000', false],
  ['http://evil.example', 'localhost:8000', false],
  ['http://localhost:8000.evil.example', 'localhost:8000', false],
  ['http://localhost:8000@evil.example', 'localhost:8000', false],
  ['null', 'localhost:8000', false],
  ['', 'localhost:8000', false],
  [undefined, 'localhost:8000', false],
  ['http://localhost:8000', undefined, false],
  ['https://listed.example', 'localhost:8000', true],
  ['http://listed.example', 'localhost:8000', false],
])('a page of %s may open the feed of %s: %s', (origin, host, allowed) => {
  expect(isAllowedOrigin(origin, host, listOrigins('https://listed.example, http://other.example:81'))).toBe(allowed);
});

test('a list of origins that is none is named at the start', () => {
  for (const list of ['*', 'shop.example', 'https://shop.example/', 'https://a,,https://b'])
    expect(() => readStorefrontConfiguration({ STOREFRONT_ORIGINS: list })).toThrow('STOREFRONT_ORIGINS');
  expect(readStorefrontConfiguration({}).origins).toEqual([]);
});
