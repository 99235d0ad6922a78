import { ScenarioError } from './measurement.ts';
import { post, readMetrics, until, type OurProcess } from './node-process.ts';
import { metricValue } from './prometheus.ts';
import type { System } from './system.ts';

/** Rows of one request, so that none lasts long. */
const ROWS_AT_ONCE = 100_000;

/** The rows of one source. */
export interface SourceRows {
  positive_inserts: number;
  negative_inserts: number;
}

/** Halves of `orders` for the two sources, each with this share of orders that succeed. */
export function divideAmongSources(orders: number, positiveShare: number): [SourceRows, SourceRows] {
  const rowsOf = (rows: number): SourceRows => {
    const positive_inserts = Math.round(rows * positiveShare);
    return { positive_inserts, negative_inserts: rows - positive_inserts };
  };
  const first = Math.ceil(orders / 2);
  return [rowsOf(first), rowsOf(orders - first)];
}

/** Starts both APIs and inserts made-up rows into their databases. */
export function startLoadedSources(system: System, rows: readonly [SourceRows, SourceRows]): Promise<OurProcess[]> {
  return Promise.all(
    ([0, 1] as const).map(async (index) => {
      const api = await system.startSource(index);
      let { positive_inserts: positive, negative_inserts: negative } = rows[index];
      while (positive + negative > 0) {
        const positive_inserts = Math.min(positive, ROWS_AT_ONCE);
        const negative_inserts = Math.min(negative, ROWS_AT_ONCE - positive_inserts);
        await post(api, '/v0/insert-data', { positive_inserts, negative_inserts });
        positive -= positive_inserts;
        negative -= negative_inserts;
      }
      return api;
    }),
  );
}

/** Starts a run of each source and resolves when both have started. */
export async function startRuns(sources: readonly OurProcess[]): Promise<void> {
  await Promise.all(sources.map((api) => post(api, '/v0/process/run')));
}

/** Resolves when both runs have published everything; throws a `ScenarioError` when they published anything else. */
export async function untilRunsEnded(
  sources: readonly OurProcess[],
  orders: number,
  watch: () => Promise<void>,
): Promise<void> {
  const ended = async () => {
    const texts = await Promise.all(sources.map(readMetrics));
    return texts.every((text) => metricValue(text, 'source_runs_total') === 1);
  };
  await until(ended, 50, watch);
  const texts = await Promise.all(sources.map(readMetrics));
  const total = (name: string, label?: string) => texts.reduce((sum, text) => sum + metricValue(text, name, label), 0);
  const published = total('source_messages_published_total');
  const finished = total('source_runs_total', 'result="finished"');
  if (finished !== sources.length || published !== orders) {
    throw new ScenarioError(
      `the runs published ${published} of ${orders} orders, ${finished} of ${sources.length} finished`,
    );
  }
}
