import { Counter, Histogram, type Registry } from 'prom-client';

/** What a source API measures of its own work. */
export function createSourceMetrics(registry: Registry) {
  const registers = [registry];
  const metrics = {
    inserted: new Counter({
      name: 'source_rows_inserted_total',
      help: 'Rows inserted into the source, by endpoint.',
      labelNames: ['by'],
      registers,
    }),
    rejected: new Counter({
      name: 'source_import_rows_rejected_total',
      help: 'Rows of imports that could not be read.',
      registers,
    }),
    published: new Counter({
      name: 'source_messages_published_total',
      help: 'Messages that the broker has confirmed.',
      registers,
    }),
    runs: new Counter({
      name: 'source_runs_total',
      help: 'Runs that ended, by result.',
      labelNames: ['result'],
      registers,
    }),
    pageConfirmSeconds: new Histogram({
      name: 'source_page_confirm_seconds',
      help: 'From the publication of a page until the broker had confirmed all of it, outages included.',
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    }),
  };
  // A series that begins with its first event would hide that event from rate() and increase().
  for (const by of ['import', 'insert-data']) metrics.inserted.inc({ by }, 0);
  for (const result of ['finished', 'stopped', 'failed']) metrics.runs.inc({ result }, 0);
  return metrics;
}
export type SourceMetrics = ReturnType<typeof createSourceMetrics>;
