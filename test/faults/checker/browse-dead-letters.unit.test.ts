import { expect, test } from 'vitest';
import { harmOfBrowsing } from './browse-dead-letters.ts';

test.each<[string, number, object, object, number, string | undefined]>([
  ['3.x without a limit', 3, {}, {}, 0, undefined],
  [
    '3.x with the limit -1, which drops at the first redelivery',
    3,
    { 'x-delivery-limit': -1 },
    {},
    0,
    'delivery limit',
  ],
  ['3.x with a limit by policy', 3, {}, { 'delivery-limit': 5 }, 0, 'delivery limit'],
  ['4.x with the limit -1, which is none', 4, { 'x-delivery-limit': -1 }, {}, 0, undefined],
  ['4.x with a policy of -1', 4, {}, { 'delivery-limit': -1 }, 0, undefined],
  ['4.x with its own limit of 20', 4, {}, {}, 0, 'delivery limit'],
  ['4.x with -1 and a policy of 20', 4, { 'x-delivery-limit': -1 }, { 'delivery-limit': 20 }, 0, 'delivery limit'],
  ['another reader', 3, {}, {}, 2, '2 readers'],
])('a queue on RabbitMQ %s', (_, major, own, policy, consumers, harm) => {
  const why = harmOfBrowsing(major, { consumers, arguments: { ...own }, policy: { ...policy } });
  if (harm === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(harm);
});
