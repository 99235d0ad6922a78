import { queryOnce } from './databases.ts';
import { quantile } from './statistics.ts';

/**
 * How late retries were taken up, in milliseconds, from the attempt log alone: an attempt's record says when the next one
 * is due, the next one's when it ended and how long it ran. The log's times are whole milliseconds.
 */
export async function readLateness(attemptLogUrl: string) {
  const rows = await queryOnce<{ late: number }>(
    attemptLogUrl,
    `select extract(epoch from next.processed_at - (failed.document ->> 'next_attempt_at')::timestamptz)::float8 * 1000
              - (next.document ->> 'duration_ms')::float8 as late
       from attempts failed
       join attempts next using (message_id, cycle)
      where failed.document ->> 'outcome' = 'retrying' and next.attempt = failed.attempt + 1`,
  );
  const values = rows.map(({ late }) => late);
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    p50: rounded(quantile(values, 0.5)),
    p99: rounded(quantile(values, 0.99)),
    highest: rounded(quantile(values, 1)),
    retries: values.length,
  };
}
