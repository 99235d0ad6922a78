import type { Surroundings } from '../../bench/machine.ts';
import { between, tableOf } from '../../bench/marked-document.ts';
import { inWords } from '../../bench/say.ts';
import type { ClusterMeasurement } from './cluster-results.ts';
import type { Fault } from './fault.ts';
import { GROUNDS, isTriedOn, type Ground } from './grounds.ts';
import type { Measured } from './results.ts';

/**
 * The document with what was measured between its two marks, and on which ground which of `faults` were not. Throws a
 * `RangeError` where it has no marks.
 */
export function withMeasurements(document: string, results: readonly Measured[], faults: readonly Named[]): string {
  const parts = results.length === 0 ? [] : [sumsOf(results), faultsOf(results, faults)];
  const missing = GROUNDS.map((ground) => missingOn(ground, results, faults));
  return between('measured', document, [...parts, ...missing.filter((text) => text !== undefined)]);
}

type Named = Pick<Fault, 'name' | 'sees' | 'differs' | 'settings' | 'sourceSettings'>;

function missingOn(ground: Ground, results: readonly Measured[], faults: readonly Named[]): string | undefined {
  const { transport, series } = ground;
  const wanted = faults.filter((fault) => isTriedOn(fault, ground)).map(({ name }) => name);
  const here = results.filter((one) => one.transport === transport && one.broker.startsWith(`${series}.`));
  const missing = wanted.filter((name) => !here.some(({ fault }) => fault === name));
  if (missing.length === 0) return undefined;
  const on = `Not measured yet with transport ${transport} on RabbitMQ ${series}`;
  return missing.length === wanted.length ? `${on}.` : `${on}: ${missing.join('; ')}.`;
}

/** The document with what was measured on a cluster between its two marks. Throws a `RangeError` where it has no marks. */
export function withClusterMeasurements(document: string, results: readonly ClusterMeasurement[]): string {
  const rows = results.map(({ fault, transport, broker, orders, standstillSeconds, slowSeconds, heldSeconds }) => [
    ...[fault, `${transport}, ${broker}`, inWords(orders)],
    ...[standstillSeconds, slowSeconds, heldSeconds].map((seconds) => `${seconds} s`),
  ]);
  const heads = [
    'fault',
    'transport, RabbitMQ',
    'orders',
    'no order was stored for at most',
    'fewer than half as many as before for at most',
    'all orders from before it stored after',
  ];
  return between('measured on a cluster', document, [
    `${surroundingsOf(results.map(({ surroundings }) => surroundings))}.`,
    tableOf(heads, rows),
  ]);
}

const once = (values: readonly string[]) => [...new Set(values)].sort().join(', ');

/** Where it was measured; parts may have been measured on different days. */
function surroundingsOf(at: readonly Surroundings[]): string {
  const loads = at.map(({ loadBefore }) => loadBefore);
  return [
    `Measured on ${once(at.map(({ date }) => date.slice(0, 10)))} with`,
    `${once(at.map(({ cores, cpu }) => `${cores} cores (${cpu})`))} for everything together, Node ${once(at.map(({ node }) => node))};`,
    `load of the machine before each fault ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`,
  ].join('\n');
}

/** Where it was measured, and of what. */
function sumsOf(results: readonly Measured[]): string {
  return [
    `${surroundingsOf(results.map(({ surroundings }) => surroundings))}. Seeds:`,
    `${once(results.map(({ seed }) => String(seed)))}. ${results.length} scenarios,`,
    `${inWords(sum(results, 'orders'))} orders, ${inWords(sum(results, 'attempts'))} attempts.`,
  ].join('\n');
}

function faultsOf(results: readonly Measured[], faults: readonly Named[]): string {
  const rows = results.map((one, at) => {
    // Of a fault on several grounds the first row says what it is, and what a user sees.
    const isFirst = results[at - 1]?.fault !== one.fault;
    const fault = isFirst ? faults.find(({ name }) => name === one.fault) : undefined;
    return [
      fault ? `${fault.name}${settingsOf(fault)}` : '',
      `${one.transport}, ${one.broker}`,
      fault?.sees ?? '',
      measuredIn(one),
    ];
  });
  return tableOf(['fault', 'transport, RabbitMQ', 'what a user sees', 'what was measured'], rows);
}

/** Those that a fault has of its own: a standstill may be nothing but a wait that they ask for. */
function settingsOf({ settings, sourceSettings }: Named): string {
  const own = Object.entries({ ...settings, ...sourceSettings }).map(([name, value]) => `\`${name}\` ${value}`);
  return own.length === 0 ? '' : ` (with ${own.join(', ')})`;
}

function measuredIn(one: Measured): string {
  const { recoverySeconds: recovery } = one;
  return [
    `${inWords(one.orders)} orders in ${one.seconds} s, ${inWords(one.attempts)} attempts;`,
    `the fault took ${one.faultSeconds} s, no order was settled for ${one.standstillSeconds} s at most,`,
    recovery === undefined ? 'all were settled when it ended;' : `the first one ${recovery} s after its end;`,
    ...(one.redelivered === undefined ? [] : [`redelivered ${inWords(one.redelivered)},`]),
    `copies recognised ${inWords(one.stale)},`,
    `brought back by the sweeper ${inWords(one.swept)}`,
  ].join(' ');
}

const sum = (results: readonly Measured[], what: 'orders' | 'attempts') =>
  results.reduce((total, one) => total + one[what], 0);
