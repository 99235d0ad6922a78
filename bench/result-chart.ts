import { renderChart, type ChartPanel, type ChartRow } from './chart.ts';
import { processesOf, type BenchResult } from './result.ts';
import { inWords } from './say.ts';

const COLOURS = { ceiling: '#9ca3af', orders: '#2563eb', attempts: '#93c5fd' };
/** Of the processes, in the order in which they appear. */
const PALETTE = [
  ...['#2563eb', '#60a5fa', '#0d9488', '#5eead4', '#f59e0b', '#ef4444', '#8b5cf6', '#ec4899', '#84cc16', '#a8a29e'],
];

/** The chart of a result: how many a second, how late retries come, and where the CPU goes. */
export function chartOf(result: BenchResult): string {
  const { surroundings: at } = result;
  const subtitle = `${at.date.slice(0, 10)} · ${at.cores} cores ${at.cpu} · RabbitMQ ${at.rabbitmq} · PostgreSQL ${at.postgres} · Node ${at.node}`;
  const panels = [ratesOf(result), latenessOf(result), cpuOf(result)].filter(({ rows }) => rows.length > 0);
  return renderChart('Orders from source rows to stored', subtitle, panels);
}

function ratesOf({ scenarios }: BenchResult): ChartPanel {
  const rows = scenarios
    .filter(({ lateness }) => lateness === undefined)
    .flatMap((found): ChartRow[] => {
      const isCeiling = found.scenario === 'ceiling';
      const what = isCeiling ? 'messages' : 'orders';
      const share = found.ratio === undefined ? '' : ` (${(found.ratio * 100).toFixed(0)} % of the ceiling)`;
      const colour = isCeiling ? COLOURS.ceiling : COLOURS.orders;
      const orders = bar(found.scenario, what, found.ordersPerSecond, colour, `${what}/s${share}`);
      if (found.attemptsPerSecond === undefined) return [orders];
      return [orders, bar('', 'attempts logged', found.attemptsPerSecond, COLOURS.attempts, 'attempts/s logged')];
    });
  return { title: 'A second', rows, hasLegend: false };
}

function latenessOf({ scenarios }: BenchResult): ChartPanel {
  const rows = scenarios.flatMap(({ scenario, lateness }): ChartRow[] =>
    lateness === undefined
      ? []
      : [
          bar(scenario, 'p50', lateness.p50, COLOURS.orders, 'ms late, p50'),
          bar('', 'p99', lateness.p99, COLOURS.attempts, 'ms late, p99'),
        ],
  );
  return { title: 'How late retries are taken up, at so many orders/s', rows, hasLegend: false };
}

function cpuOf({ scenarios }: BenchResult): ChartPanel {
  const measured = scenarios.filter(({ scenario, cpu }) => cpu !== undefined && /^(flow|mixed)/.test(scenario));
  const names = processesOf(measured);
  const rows = measured.map(({ scenario, cpu = {} }): ChartRow => {
    const parts = names.map((name, index) => ({
      name,
      value: cpu[name] ?? 0,
      colour: PALETTE[index % PALETTE.length] ?? COLOURS.ceiling,
    }));
    const sum = parts.reduce((total, { value }) => total + value, 0);
    return { label: scenario, parts, text: `${inWords(sum)} µs` };
  });
  return { title: 'CPU an order', rows, hasLegend: true };
}

const bar = (label: string, name: string, value: number, colour: string, unit: string): ChartRow => ({
  label,
  parts: [{ name, value: Math.max(value, 0), colour }],
  text: `${value < 1_000 ? String(Math.round(value * 10) / 10) : inWords(value)} ${unit}`,
});
