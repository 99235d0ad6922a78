import { inWords } from './say.ts';
import { cpuOfAll, type BenchResult } from './result.ts';

const BEGIN = '<!-- figures -->';
const END = '<!-- /figures -->';

/**
 * The README with the figures of a whole run, and of a size series where there is one, between its two marks. Throws a
 * `RangeError` where it has no marks.
 */
export function withFigures(readme: string, latest: BenchResult, scale?: BenchResult): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new RangeError(`the README has no ${BEGIN} ... ${END}`);
  const parts = [figuresOf(latest), ...(scale ? [seriesOf(scale)] : [])];
  return [readme.slice(0, begin + BEGIN.length), ...parts, readme.slice(end)].join('\n\n');
}

/** What the README says of a result, as Markdown: where it was measured, a table, and how late retries came. */
function figuresOf({ surroundings: at, scenarios }: BenchResult): string {
  const where = [
    `Measured on ${at.date.slice(0, 10)} with ${at.cores} cores (${at.cpu}) and ${at.memoryGigabytes} GB for everything together;`,
    `Node ${at.node}, RabbitMQ ${at.rabbitmq}, PostgreSQL ${at.postgres}. All of it is in [bench/results](bench/results/latest.json).`,
    '',
    '![The same figures as a chart, with the CPU that each process needs for an order](bench/results/latest.svg)',
  ].join('\n');
  const rows = scenarios
    .filter(({ lateness }) => lateness === undefined)
    .map(({ what, ordersPerSecond, attemptsPerSecond, ratio, cpu, consumerPeakMegabytes, scenario }) => [
      scenario === 'ceiling' ? `the ceiling: ${what.replace(/^.*?: /, '')}` : what,
      inWords(ordersPerSecond),
      attemptsPerSecond === undefined ? '' : inWords(attemptsPerSecond),
      ratio === undefined ? '' : `${(ratio * 100).toFixed(0)} %`,
      cpu === undefined ? '' : inWords(cpuOfAll(cpu)),
      consumerPeakMegabytes === undefined ? '' : `${consumerPeakMegabytes.toFixed(0)} MB`,
    ]);
  const head = ['', 'orders/s', 'attempts/s logged', 'of the ceiling', 'CPU µs an order', 'consumer, peak'];
  const table = [head, ['---', '---', '---', '---', '---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const late = scenarios.flatMap(({ what, lateness }) =>
    lateness === undefined
      ? []
      : [`* ${what}: a retry came ${lateness.p50} ms late in the middle, ${lateness.p99} ms at the 99th percentile.`],
  );
  return [where, table.join('\n'), late.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** What the README says of a size series. */
function seriesOf({ surroundings: at, scenarios }: BenchResult): string {
  const flows = scenarios.filter(({ scenario }) => scenario.startsWith('flow'));
  const rates = flows.map(({ orders, ordersPerSecond }) => `${inWords(orders)} orders: ${inWords(ordersPerSecond)}/s`);
  const backlogs = scenarios.flatMap(({ scenario, orders, ordersPerSecond, consumerPeakMegabytes: peak }) =>
    !scenario.startsWith('backlog') || peak === undefined
      ? []
      : [
          `* with ${inWords(orders)} waiting when it starts, the consumer takes ${inWords(ordersPerSecond)}/s and peaks at ${peak.toFixed(0)} MB.`,
        ],
  );
  return [
    `A size series ([bench/results](bench/results/latest-scale.json), ${at.date.slice(0, 10)}, Node ${at.node}, RabbitMQ ${at.rabbitmq}):`,
    '',
    `* everything at once: ${rates.join('; ')};`,
    ...backlogs,
  ].join('\n');
}
