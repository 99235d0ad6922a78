import { FLOORS, shortfallsOf } from './floors.ts';
import type { LatestResults } from './latest-results.ts';
import { between, tableOf } from './marked-document.ts';
import { inWords } from './say.ts';
import { cpuOfAll, type BenchResult } from './result.ts';
import type { Tenth } from './tenths.ts';

type Row = BenchResult['scenarios'][number];

/**
 * The README with the figures of a whole run, of whole runs with other brokers, of a size series and of soaks, where there
 * are such, between its two marks. Throws a `RangeError` where it has no marks, or where there is no whole run.
 */
export function withFigures(readme: string, { latest, scale, others, soaks }: LatestResults): string {
  if (latest === undefined) throw new RangeError('there is no whole run yet: make bench writes one');
  return between('figures', readme, [
    figuresOf(latest, others),
    ...(scale ? [seriesOf(scale)] : []),
    ...soaks.map(([name, soak]) => soakOf(name, soak)),
    floorsOf([latest, ...others.map(([, other]) => other), ...(scale ? [scale] : [])]),
  ]);
}

/** Where and of what the figures of a result were taken, and what else the machine did. */
const circumstances = ({ surroundings: at }: BenchResult): string =>
  `Node ${at.node}, RabbitMQ ${at.rabbitmq}, PostgreSQL ${at.postgres}, ` +
  `${at.commit === undefined ? '' : `commit ${at.commit}, `}load before it ${at.loadBefore}`;

/** What the README says of a result, as Markdown: where it was measured, a table, and how late retries came. */
function figuresOf(latest: BenchResult, others: LatestResults['others']): string {
  const { surroundings: at } = latest;
  const where = [
    `Measured on ${at.date.slice(0, 10)} with ${at.cores} cores (${at.cpu}) and ${at.memoryGigabytes} GB for everything together:`,
    `${circumstances(latest)}.`,
    'All of it is in [bench/results](bench/results/latest.json).',
    ...others.map(
      ([name, other]) =>
        `With another broker on ${other.surroundings.date.slice(0, 10)} ([${name}](bench/results/${name}.json)): ${circumstances(other)}.`,
    ),
    '',
    '![The same figures as a chart, with the CPU that each process needs for an order](bench/results/latest.svg)',
  ].join('\n');
  const rows = latest.scenarios.filter(isInTable).map((found) => rowOf(found, nameOf(found)));
  // Of another broker what depends on it most: how its transports of retries do.
  const otherRows = others.flatMap(([, { surroundings, scenarios }]) =>
    scenarios
      .filter((found) => isInTable(found) && /^(ceiling|flow|mixed)/.test(found.scenario))
      .map((found) => rowOf(found, `RabbitMQ ${surroundings.rabbitmq}: ${nameOf(found)}`)),
  );
  const late = [latest, ...others.map(([, other]) => other)].flatMap((result) =>
    result.scenarios.flatMap((found) => latenessOf(found, result === latest ? '' : result.surroundings.rabbitmq)),
  );
  return [where, tableOf(HEADS, [...rows, ...otherRows]), ...(late.length > 0 ? [tableOf(LATE_HEADS, late)] : [])].join(
    '\n\n',
  );
}

const isInTable = ({ lateness }: Row): boolean => lateness === undefined;

function nameOf({ scenario, what, attempts, orders }: Row): string {
  if (scenario === 'ceiling') return `the ceiling: ${what.replace(/^.*?: /, '')}`;
  return attempts === undefined || attempts <= orders
    ? what
    : `${what}, ${(attempts / orders).toFixed(1)} attempts an order`;
}

const HEADS = ['', 'orders/s', 'attempts/s logged', 'of the ceiling', 'CPU µs an order', 'consumer, peak'];

function rowOf(found: Row, name: string): string[] {
  const { ordersPerSecond, attemptsPerSecond, ratio, cpu, consumerPeakMegabytes } = found;
  return [
    name,
    inWords(ordersPerSecond),
    attemptsPerSecond === undefined ? '' : inWords(attemptsPerSecond),
    ratio === undefined ? '' : `${(ratio * 100).toFixed(0)} %`,
    cpu === undefined ? '' : inWords(cpuOfAll(cpu)),
    consumerPeakMegabytes === undefined ? '' : `${consumerPeakMegabytes.toFixed(0)} MB`,
  ];
}

const LATE_HEADS = ['how late a retry came', 'in the middle', 'at the 99th percentile', 'CPU µs an order'];

function latenessOf({ what, lateness, cpu }: Row, broker: string): string[][] {
  if (lateness === undefined) return [];
  return [
    [
      broker === '' ? what : `RabbitMQ ${broker}: ${what}`,
      `${inWords(lateness.p50)} ms`,
      `${inWords(lateness.p99)} ms`,
      cpu === undefined ? '' : inWords(cpuOfAll(cpu)),
    ],
  ];
}

/** From so many orders on a reader wants to know how a run went on. */
const LONG = 500_000;

function inTenths(tenths: readonly Tenth[]): string {
  const [first, last] = [tenths[0], tenths.at(-1)];
  const memory = tenths.map(({ megabytes }) => megabytes?.toFixed(0) ?? '?').join(', ');
  return `${inWords(first?.ordersPerSecond ?? 0)}/s in the first tenth, ${inWords(last?.ordersPerSecond ?? 0)}/s in the last; consumer in each ${memory} MB`;
}

/** What the README says of a size series: sizes, a long queue, and handlers that take a while. */
function seriesOf(series: BenchResult): string {
  const { surroundings: at, scenarios } = series;
  const flows = scenarios.filter(({ scenario }) => scenario.startsWith('flow'));
  const rates = flows.map(({ orders, ordersPerSecond }) => `${inWords(orders)} orders: ${inWords(ordersPerSecond)}/s`);
  const backlogs = scenarios.flatMap(({ scenario, orders, ordersPerSecond, consumerPeakMegabytes: peak }) =>
    !scenario.startsWith('backlog') || peak === undefined
      ? []
      : [
          `* with ${inWords(orders)} waiting when it starts, the consumer takes ${inWords(ordersPerSecond)}/s and peaks at ${peak.toFixed(0)} MB;`,
        ],
  );
  const long = scenarios.flatMap(({ what, orders, tenths }) =>
    orders < LONG || tenths === undefined ? [] : [`* ${inWords(orders)} orders, ${what}: ${inTenths(tenths)};`],
  );
  const handlers = scenarios.flatMap(({ scenario, what, ordersPerSecond }) =>
    scenario.startsWith('handler') ? [`* ${what}: ${inWords(ordersPerSecond)}/s;`] : [],
  );
  const lines = [`* everything at once: ${rates.join('; ')};`, ...backlogs, ...long, ...handlers];
  return [
    `A size series ([bench/results](bench/results/latest-scale.json), ${at.date.slice(0, 10)}; ${circumstances(series)}):`,
    '',
    lines.join('\n').replace(/;$/, '.'),
  ].join('\n');
}

/** What the README says of what is wanted, and of what was not reached. */
function floorsOf(results: readonly BenchResult[]): string {
  const short = results.flatMap(({ scenarios, surroundings: { rabbitmq } }) =>
    shortfallsOf(scenarios).map((line) => `* RabbitMQ ${rabbitmq}: ${line}`),
  );
  const wanted =
    `Wanted of two cores: ${inWords(FLOORS.ordersPerSecond)} orders/s with everything at once and ${FLOORS.share * 100} % of the ceiling; ` +
    `a consumer of ${FLOORS.megabytes} MB at most; the last tenth of a long run no slower than nine tenths of the first; retries at most ` +
    `${FLOORS.lateness} ms late at 1,000 orders/s (99th percentile); two consumers quicker than one with a slow handler.`;
  if (short.length === 0) return `${wanted} All of it was reached.`;
  return [`${wanted} Not reached:`, '', short.join(';\n') + '.'].join('\n');
}

/** What the README says of a soak: how late its retries came, and how the consumer's memory went. */
function soakOf(name: string, soak: BenchResult): string {
  const lines = soak.scenarios.map(({ what, lateness, tenths }) => {
    const late =
      lateness &&
      `retries ${inWords(lateness.p50)} ms late in the middle, ${inWords(lateness.p99)} ms at the 99th percentile`;
    const memory = tenths?.map(({ megabytes }) => megabytes?.toFixed(0) ?? '?').join(', ');
    return `* ${[what, late, memory && `consumer in each tenth ${memory} MB`].filter(Boolean).join('; ')}.`;
  });
  const at = `${soak.surroundings.date.slice(0, 10)}; ${circumstances(soak)}`;
  return [`A soak ([${name}](bench/results/${name}.json), ${at}):`, '', lines.join('\n')].join('\n');
}
