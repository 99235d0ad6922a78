import type { BenchResult } from './result.ts';
import { inWords } from './say.ts';
import { whyNotSteady } from './tenths.ts';

/** What this system is to reach on a machine of two cores. */
export const FLOORS = {
  /** From rows to stored, everything at once. */
  ordersPerSecond: 8_000,
  /** The same as a share of the bare loop. */
  share: 0.25,
  /** Resident memory of a consumer, in MB (10^6 bytes), however many messages wait. */
  megabytes: 250,
  /** Milliseconds that the retry at the 99th percentile is late at 1,000 orders/s. */
  lateness: 250,
};

type Row = BenchResult['scenarios'][number];

/** What was measured, and what of it does not reach its floor: a line each, empty where everything does. */
export function shortfallsOf(scenarios: readonly Row[]): string[] {
  return [...scenarios.flatMap(shortfallOf), ...handlersOf(scenarios)];
}

function shortfallOf(row: Row): string[] {
  const { scenario, what, ordersPerSecond, ratio, consumerPeakMegabytes: peak, lateness, tenths } = row;
  const isLong = /^(flow_1000000|backlog_500000)$/.test(scenario);
  return [
    ...(scenario === 'flow' && ordersPerSecond < FLOORS.ordersPerSecond
      ? [`${what}: ${inWords(ordersPerSecond)} orders/s, ${inWords(FLOORS.ordersPerSecond)} wanted`]
      : []),
    ...(scenario === 'flow' && ratio !== undefined && ratio < FLOORS.share
      ? [`${what}: ${inPercent(ratio)} of the ceiling, ${inPercent(FLOORS.share)} wanted`]
      : []),
    ...(peak !== undefined && peak > FLOORS.megabytes
      ? [`${what}: the consumer took ${inWords(peak)} MB, at most ${inWords(FLOORS.megabytes)} wanted`]
      : []),
    ...(/^lateness_.*_1000$/.test(scenario) && lateness !== undefined && lateness.p99 > FLOORS.lateness
      ? [`${what}: retries ${inWords(lateness.p99)} ms late, at most ${inWords(FLOORS.lateness)} ms wanted`]
      : []),
    ...(isLong ? unsteady(row, whyNotSteady(tenths ?? [])) : []),
  ];
}

const unsteady = ({ what, orders }: Row, why: string | undefined): string[] =>
  why === undefined ? [] : [`${what}, ${inWords(orders)} orders: ${why}`];

/** With a handler that takes a while, more consumers are to do more. */
function handlersOf(scenarios: readonly Row[]): string[] {
  const rate = (consumers: number) =>
    scenarios.find(({ scenario }) => scenario.startsWith('handler_') && scenario.endsWith(`_${consumers}`))
      ?.ordersPerSecond;
  const [one, two] = [rate(1), rate(2)];
  if (one === undefined || two === undefined || two > one) return [];
  return [`two consumers with a slow handler: ${inWords(two)} orders/s, no more than the ${inWords(one)} of one`];
}

const inPercent = (share: number) => `${(share * 100).toFixed(0)} %`;
