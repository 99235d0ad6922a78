import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAnnouncer } from '../../apis/storefront/page/view/announcer.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the same sentence is said each time, and of two at once the later', () => {
  const written: string[] = [];
  const announce = createAnnouncer({
    set textContent(said: string) {
      written.push(said);
    },
  });
  announce('1 new order');
  vi.runAllTimers();
  announce('1 new order');
  vi.runAllTimers();
  expect(written).toEqual(['', '1 new order', '', '1 new order']);
  announce('2 new orders');
  announce('3 new orders');
  vi.runAllTimers();
  expect(written.slice(4)).toEqual(['', '', '3 new orders']);
});
