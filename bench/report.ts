import { shortfallsOf } from './floors.ts';
import type { Measurement } from './measurement.ts';
import { cpuOfAll, processesOf, type BenchResult } from './result.ts';
import { inWords } from './say.ts';
import { renderTable } from './table.ts';

/** What a person reads at the end of a run. */
export function renderReport(result: BenchResult): string {
  const { surroundings: at } = result;
  const paragraphs = [
    `${at.cores} cores ${at.cpu}, ${at.memoryGigabytes} GB; Node ${at.node}, RabbitMQ ${at.rabbitmq}, PostgreSQL ${at.postgres}; ` +
      `load before ${at.loadBefore}${at.commit === undefined ? '' : `; commit ${at.commit}`}`,
    ...(result.scenarios.length === 0 ? [] : [renderRates(result), renderCpu(result)]),
    ...result.scenarios.flatMap((found) => renderTenths(found)),
    ...result.scenarios.flatMap(({ scenario, note }) => (note === undefined ? [] : [`${scenario}: ${note}`])),
    ...shortfallsOf(result.scenarios).map((line) => `SHORT OF ITS FLOOR: ${line}`),
    ...result.failures.map(
      ({ scenario, round, message }) => `FAILED ${scenario}, round ${round}: ${firstLine(message)}`,
    ),
  ];
  return paragraphs.join('\n\n');
}

/** The rest, the last lines of a process, was shown when it happened. */
const firstLine = (message: string) => message.split('\n', 1)[0]?.replace(/:$/, '') ?? '';

function renderRates({ scenarios }: BenchResult): string {
  const rows = scenarios.map((found) => [
    found.scenario,
    inWords(found.orders),
    inWords(found.ordersPerSecond),
    found.ratio === undefined ? '' : `${(found.ratio * 100).toFixed(1)} %`,
    found.attemptsPerSecond === undefined ? '' : inWords(found.attemptsPerSecond),
    found.publishedPerSecond === undefined ? '' : inWords(found.publishedPerSecond),
    found.lateness === undefined ? '' : `${found.lateness.p50} / ${found.lateness.p99}`,
    found.consumerPeakMegabytes === undefined ? '' : found.consumerPeakMegabytes.toFixed(0),
    found.foreignCpu === undefined ? '' : `${(found.foreignCpu * 100).toFixed(0)} %`,
  ]);
  const head = ['scenario', 'orders', 'orders/s', 'of ceiling', 'attempts/s', 'published/s', 'late p50/p99 ms'];
  return renderTable([...head, 'consumer MB', 'CPU of others'], rows);
}

/** How a long run went on. */
function renderTenths({ scenario, tenths }: Measurement): string[] {
  if (tenths === undefined) return [];
  const rates = ['orders/s', ...tenths.map(({ ordersPerSecond }) => inWords(ordersPerSecond))];
  const memory = ['consumers, MB', ...tenths.map(({ megabytes }) => megabytes?.toFixed(0) ?? '')];
  return [renderTable([`${scenario}, in tenths`, ...tenths.map((_, index) => `${index + 1}.`)], [rates, memory])];
}

/** CPU in microseconds an order (in ceiling: a message), a column a process. */
function renderCpu({ scenarios }: BenchResult): string {
  const measured = scenarios.filter(({ cpu }) => cpu !== undefined);
  if (measured.length === 0) return 'CPU: not measured, this system has no /proc';
  const names = processesOf(measured);
  const rows = measured.map(({ scenario, cpu = {} }) => [
    scenario,
    ...names.map((name) => cpu[name]?.toFixed(1) ?? ''),
    cpuOfAll(cpu).toFixed(0),
  ]);
  return renderTable(['CPU µs an order', ...names, 'all'], rows);
}

/** One measurement in a line. */
export function renderCounts(found: Measurement): string {
  const parts = [
    `${inWords(found.ordersPerSecond)} ${found.scenario === 'ceiling' ? 'messages' : 'orders'}/s`,
    found.attemptsPerSecond === undefined ? '' : `${inWords(found.attemptsPerSecond)} attempts/s logged`,
    found.lateness === undefined ? '' : `retries ${found.lateness.p50} ms late (p50), ${found.lateness.p99} ms (p99)`,
    found.consumerPeakMegabytes === undefined ? '' : `consumer ${found.consumerPeakMegabytes.toFixed(0)} MB`,
    `in ${found.seconds.toFixed(1)} s`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
