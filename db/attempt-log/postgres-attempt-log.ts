import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { withoutPassword, type Logger } from '../../runtime/logger.ts';
import { migrate } from '../migrate.ts';
import { createPool, type Pool } from '../pool.ts';
import { AttemptLogUnavailableError, type AttemptLog, type RefusedRecord } from './attempt-log.ts';
import { instantOf, type AttemptRecord } from './attempt-record.ts';
import { isolateRefused } from './isolate-refused.ts';
import { createExpiry } from './postgres-expiry.ts';

const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));

/** SQLSTATE classes that put the blame on a row; every other error is the database's. */
const REFUSED_CLASSES = new Map([
  ['22', 'data exception: a value does not fit its type'],
  ['23', 'integrity constraint violation'],
  ['54', 'program limit exceeded, such as JSON nested too deep'],
]);
const INVALID_TEXT_REPRESENTATION = '22P02';

/** The attempt log in Postgres: the same documents as in MongoDB, in a table whose rows expire by a sweep. */
export function createPostgresAttemptLog(url: string, ttl: number, logger: Logger): AttemptLog {
  const pool = createPool(url, { name: 'attempt-log', logger });
  const expiry = createExpiry(pool, ttl, logger);

  function unavailable(error: unknown): AttemptLogUnavailableError {
    const reason = error instanceof Error ? error.message : String(error);
    return new AttemptLogUnavailableError(`the attempt log at ${withoutPassword(url)} is unavailable: ${reason}`, {
      cause: error,
    });
  }

  return {
    store: 'postgres',
    async prepare() {
      try {
        await migrate(url, MIGRATIONS, logger);
      } catch (error) {
        throw unavailable(error);
      }
      expiry.start();
    },
    async write(records) {
      const { rows, refused } = toRows(records);
      try {
        for (const part of partsOf(rows)) {
          const isolated = await isolateRefused(part, (some) => insert(pool, some), refusalOf);
          refused.push(...isolated.map(({ item, reason }) => ({ record: item.record, reason })));
        }
      } catch (error) {
        throw unavailable(error);
      }
      return refused;
    },
    async attemptsOf(messageId) {
      try {
        const found = await pool.query<{ document: AttemptRecord }>(
          'select document from attempts where message_id = $1 order by cycle, attempt',
          [messageId],
        );
        return found.rows.map((row) => inUtc(row.document));
      } catch (error) {
        // An id that is no UUID has no attempts.
        if (error instanceof pg.DatabaseError && error.code === INVALID_TEXT_REPRESENTATION) return [];
        throw unavailable(error);
      }
    },
    async close() {
      await expiry.stop();
      await pool.end();
    },
  };
}

interface Row {
  record: AttemptRecord;
  processedAt: string;
  document: string;
}

function toRows(records: readonly AttemptRecord[]): { rows: Row[]; refused: RefusedRecord[] } {
  const rows: Row[] = [];
  const refused: RefusedRecord[] = [];
  for (const record of records) {
    try {
      const processedAt = instantOf(record.processed_at).toISOString();
      if (record.next_attempt_at !== undefined) instantOf(record.next_attempt_at);
      rows.push({ record, processedAt, document: JSON.stringify(record) });
    } catch (error) {
      refused.push({ record, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  // In the order of the key, so that two writers of the same records wait for each other instead of deadlocking. The
  // sort is stable: of the same key the first one stays first, and wins.
  rows.sort((a, b) => compareKeys(a.record, b.record));
  return { rows, refused };
}

function compareKeys(a: AttemptRecord, b: AttemptRecord): number {
  if (a.message_id !== b.message_id) return a.message_id < b.message_id ? -1 : 1;
  return a.cycle - b.cycle || a.processing.processing_attempts - b.processing.processing_attempts;
}

/** Parts of at most 1,000 rows and about 8 MiB, so that no statement comes near the protocol's limit of 1 GiB. */
function* partsOf(rows: readonly Row[]): Generator<Row[]> {
  let part: Row[] = [];
  let size = 0;
  for (const row of rows) {
    if (part.length >= 1_000 || (part.length > 0 && size + row.document.length > 8 * 1024 * 1024)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(row);
    size += row.document.length;
  }
  if (part.length > 0) yield part;
}

/**
 * Inserts rows in one statement. Each column travels as one text: JSON has no line feed in it, so that nothing needs the
 * escaping which an array of texts costs (half of all CPU here and in the database).
 */
async function insert(pool: Pool, rows: readonly Row[]): Promise<void> {
  await pool.query(
    `insert into attempts (message_id, cycle, attempt, processed_at, document)
     select * from unnest(
       string_to_array($1, ',')::uuid[],
       string_to_array($2, ',')::integer[],
       string_to_array($3, ',')::integer[],
       string_to_array($4, ',')::timestamptz[],
       string_to_array($5, e'\\n')::json[])
     on conflict do nothing`,
    [
      rows.map((row) => row.record.message_id).join(','),
      rows.map((row) => row.record.cycle).join(','),
      rows.map((row) => row.record.processing.processing_attempts).join(','),
      rows.map((row) => row.processedAt).join(','),
      rows.map((row) => row.document).join('\n'),
    ],
  );
}

function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return undefined;
  return REFUSED_CLASSES.has(error.code.slice(0, 2)) ? `${error.message} (SQLSTATE ${error.code})` : undefined;
}

/** A stored document with its dates in the one form that both stores give back. */
function inUtc(document: AttemptRecord): AttemptRecord {
  const { next_attempt_at } = document;
  return {
    ...document,
    processed_at: instantOf(document.processed_at).toISOString(),
    ...(next_attempt_at === undefined ? {} : { next_attempt_at: instantOf(next_attempt_at).toISOString() }),
  };
}
