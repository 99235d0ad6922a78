import { expect, test } from 'vitest';
import { createNotificationGroups } from '../../apis/storefront/page/orders/group-notifications.js';

const order = (messageId: string) => ({ messageId, product: `Product ${messageId}`, price: '1.00' });
const seen = (groups: ReturnType<typeof createNotificationGroups>, now: number) =>
  groups.at(now).map(({ count, order }) => [count, order?.messageId]);

test('orders that come slowly are shown one by one, and go after a while', () => {
  const groups = createNotificationGroups();
  groups.add([order('a')], 1, 0);
  groups.add([order('c'), order('b')], 2, 1_000);
  expect(seen(groups, 1_000)).toEqual([
    [1, 'a'],
    [1, 'b'],
    [1, 'c'],
  ]);
  expect(seen(groups, 5_500)).toEqual([
    [1, 'b'],
    [1, 'c'],
  ]);
  expect(seen(groups, 7_000)).toEqual([]);
});

test('the fourth that is to be seen makes one notification of all of them, which goes on counting', () => {
  const groups = createNotificationGroups();
  for (const id of ['a', 'b', 'c', 'd']) groups.add([order(id)], 1, 0);
  expect(seen(groups, 0)).toEqual([[4, 'd']]);
  const [{ id } = { id: 0 }] = groups.at(0);
  groups.add([order('e')], 1_000, 100);
  expect(seen(groups, 100)).toEqual([[1_004, 'e']]);
  expect(groups.at(100).map((group) => group.id)).toEqual([id]);
});

test('many at once are one notification, also where the feed shows none of them', () => {
  const groups = createNotificationGroups();
  groups.add([], 900, 0);
  expect(seen(groups, 0)).toEqual([[900, undefined]]);
});

test('nothing new, or everything cleared, shows nothing', () => {
  const groups = createNotificationGroups();
  groups.add([order('a')], 0, 0);
  expect(seen(groups, 0)).toEqual([]);
  groups.add([order('a')], 1, 0);
  groups.clear();
  expect(seen(groups, 0)).toEqual([]);
});
