import { expect, it } from 'vitest';
import { shortfallsOf } from './floors.ts';

const row = (scenario: string, more: object = {}) => ({
  ...{ scenario, what: `what ${scenario} is`, round: 1, orders: 1_000, ordersPerSecond: 9_000, seconds: 1 },
  ...more,
});
const tenths = (first: number, last: number, megabytes = 160) =>
  Array.from({ length: 10 }, (_, index) => ({
    ordersPerSecond: index === 9 ? last : first,
    megabytes: index === 9 ? megabytes : 150,
  }));
const late = (p99: number) => ({ lateness: { p50: 1, p99, highest: 999, retries: 10 } });

it('is silent about what reaches its floor, and about what has none', () => {
  const rows = [
    row('ceiling', { ordersPerSecond: 10 }),
    row('flow', { ordersPerSecond: 8_000, ratio: 0.25, consumerPeakMegabytes: 250 }),
    row('flow_10000', { ordersPerSecond: 3_000 }),
    row('lateness_ttl_500', late(400)),
    row('lateness_ttl_1000', late(250)),
    row('flow_1000000', { tenths: tenths(5_000, 4_600) }),
    row('handler_5ms_1', { ordersPerSecond: 1_000 }),
    row('handler_5ms_2', { ordersPerSecond: 1_001 }),
  ];
  expect(shortfallsOf(rows)).toEqual([]);
});

it.each([
  ['rate', row('flow', { ordersPerSecond: 7_999 }), 'what flow is: 7,999 orders/s, 8,000 wanted'],
  ['share', row('flow', { ratio: 0.24 }), 'what flow is: 24 % of the ceiling, 25 % wanted'],
  [
    'memory',
    row('backlog', { consumerPeakMegabytes: 251 }),
    'what backlog is: the consumer took 251 MB, at most 250 wanted',
  ],
  [
    'lateness',
    row('lateness_native_1000', late(251)),
    'what lateness_native_1000 is: retries 251 ms late, at most 250 ms wanted',
  ],
  [
    'steadiness',
    row('backlog_500000', { tenths: tenths(5_000, 4_400) }),
    'what backlog_500000 is, 1,000 orders: 4400 orders/s in its last tenth, 5000 in its first',
  ],
  [
    'leak',
    row('flow_1000000', { tenths: tenths(5_000, 5_000, 200) }),
    'what flow_1000000 is, 1,000 orders: 200 MB in its last tenth, 150 MB in its third: does it leak?',
  ],
])('says what falls short: %s', (_, found, line) => {
  expect(shortfallsOf([found])).toEqual([line]);
});

it('says where two consumers do no more than one', () => {
  const rows = [row('handler_5ms_1', { ordersPerSecond: 1_000 }), row('handler_5ms_2', { ordersPerSecond: 1_000 })];
  expect(shortfallsOf(rows)).toEqual([
    'two consumers with a slow handler: 1,000 orders/s, no more than the 1,000 of one',
  ]);
});
