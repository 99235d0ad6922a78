import { randomUUID } from 'node:crypto';
import pg from 'pg';
import Type, { type Static } from 'typebox';
import { insertOrders, ROWS_PER_COMMIT, type NewOrder } from '../../../db/source/orders.ts';
import { SourceUnavailableError } from '../../../db/source/source-errors.ts';
import type { Pool } from '../../../db/pool.ts';
import { toNewOrder, type RejectedRow, type RowReader } from './imported-row.ts';

/** Rejected rows that an answer lists; all are counted. */
export const LISTED_REJECTIONS = 1_000;

/** An import under way. */
export const ImportProgress = Type.Object(
  {
    import_id: Type.String(),
    format: Type.Enum(['csv', 'ndjson']),
    started_at: Type.String(),
    seconds: Type.Number(),
    rows: Type.Integer({ description: 'Rows that are committed.' }),
    rejected_count: Type.Integer(),
    bytes: Type.Integer({ description: 'Bytes of the file that have arrived.' }),
    bytes_total: Type.Union([Type.Integer(), Type.Null()], { description: 'As the client announced it.' }),
  },
  { title: 'ImportProgress' },
);
export type ImportProgress = Static<typeof ImportProgress>;

export interface ImportResult {
  rows: number;
  rejected_count: number;
  /** The first `LISTED_REJECTIONS`. */
  rejected: RejectedRow[];
}

/** An import ended before its file did. What is committed stays; the message says up to which line. */
export class ImportInterruptedError extends Error {
  readonly code = 'IMPORT_INTERRUPTED';
  override readonly name = 'ImportInterruptedError';
}

/**
 * The imports of one process: rows go in in commits of `ROWS_PER_COMMIT`, so memory stays constant and no long
 * transaction holds rows back; what cannot be read is listed.
 */
export function createImports(options: { pool: Pool; inserted: (rows: number) => void; rejected: () => void }) {
  const { pool } = options;
  const running = new Map<string, ImportProgress & { startedAt: number }>();
  let stopped = false;

  return {
    /** Those under way. */
    progress: (): ImportProgress[] =>
      [...running.values()].map(({ startedAt, ...progress }) => ({ ...progress, seconds: secondsSince(startedAt) })),
    /** Lets no import go on after the commit in hand. */
    stop: () => void (stopped = true),
    /**
     * Imports one file. `read` makes the reader of its format. Rejects with an `UnreadableFileError` when nothing of the
     * file was imported, with an `ImportInterruptedError` when the database went away or the process stopped, and with
     * the stream's error when the client went away.
     */
    async run(
      file: { format: 'csv' | 'ndjson'; source: AsyncIterable<Buffer>; size: number | undefined },
      read: (source: AsyncIterable<Buffer>) => RowReader,
    ): Promise<ImportResult> {
      const progress = {
        import_id: randomUUID(),
        format: file.format,
        started_at: new Date().toISOString(),
        seconds: 0,
        rows: 0,
        rejected_count: 0,
        bytes: 0,
        bytes_total: file.size ?? null,
        startedAt: performance.now(),
      };
      const rejected: RejectedRow[] = [];
      const reject = (row: RejectedRow) => {
        progress.rejected_count += 1;
        options.rejected();
        if (rejected.length < LISTED_REJECTIONS) rejected.push(row);
      };
      let batch: NumberedOrder[] = [];
      let committedLine = 0;
      const commit = async () => {
        try {
          await insertOrIsolate(pool, batch, {
            inserted: (rows) => {
              progress.rows += rows;
              options.inserted(rows);
            },
            refused: reject,
          });
        } catch (error) {
          if (!(error instanceof SourceUnavailableError)) throw error;
          throw interrupted(error.message);
        }
        committedLine = batch.at(-1)?.line ?? committedLine;
        batch = [];
        if (stopped) throw interrupted('the process is stopping');
      };
      const interrupted = (why: string) =>
        new ImportInterruptedError(
          `the import ended early: ${why}. ${progress.rows} rows are in, up to line ${committedLine}; ` +
            'send the rest of the file again, with its header',
        );
      running.set(progress.import_id, progress);
      try {
        for await (const rows of read(counted(file.source, (bytes) => (progress.bytes += bytes)))) {
          for (const row of rows) {
            const order = 'reason' in row ? row.reason : toNewOrder(row);
            if (typeof order === 'string') reject({ line: row.line, reason: order });
            else batch.push({ line: row.line, order });
            if (batch.length === ROWS_PER_COMMIT) await commit();
          }
        }
        if (batch.length > 0) await commit();
      } finally {
        running.delete(progress.import_id);
      }
      return { rows: progress.rows, rejected_count: progress.rejected_count, rejected };
    },
  };
}
export type Imports = ReturnType<typeof createImports>;

interface NumberedOrder {
  line: number;
  order: NewOrder;
}

/** Inserts a batch; where the database refuses a row of it, that row is found by halving and the others go in. */
async function insertOrIsolate(
  pool: Pool,
  batch: readonly NumberedOrder[],
  tell: { inserted: (rows: number) => void; refused: (row: RejectedRow) => void },
): Promise<void> {
  try {
    await insertOrders(
      pool,
      batch.map(({ order }) => order),
    );
    tell.inserted(batch.length);
  } catch (error) {
    const [first, ...others] = batch;
    if (first === undefined || !isRefusal(error)) throw error;
    if (others.length === 0) {
      tell.refused({ line: first.line, reason: `the database refuses it: ${error.message}` });
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await insertOrIsolate(pool, batch.slice(0, half), tell);
    await insertOrIsolate(pool, batch.slice(half), tell);
  }
}

/** A value of a row does not fit (22) or breaks a constraint (23), as one that the owner of the table has added. */
const isRefusal = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && ['22', '23'].includes(error.code?.slice(0, 2) ?? '');

async function* counted(source: AsyncIterable<Buffer>, arrived: (bytes: number) => void) {
  for await (const chunk of source) {
    arrived(chunk.length);
    yield chunk;
  }
}

const secondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) / 100) / 10;
