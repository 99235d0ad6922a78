import pg from 'pg';

/** Milliseconds for a connection, and for one statement: sorting a million rows may take its time. */
const CONNECT_TIMEOUT = 10_000;
const STATEMENT_TIMEOUT = 600_000;

/** A store did not answer, or not as it has to: the books cannot be judged. */
export class CannotLookError extends Error {
  override readonly name = 'CannotLookError';
}

/**
 * One moment of a database: what is read through it is of one snapshot. The transaction only reads, so it takes no
 * transaction id, holds no row back from being published, and locks nobody out. Rejects with a `CannotLookError`.
 */
export async function openSnapshot(what: string, url: string) {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'check-books',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    keepAlive: true,
  });
  // A connection that breaks fails the statement in hand too.
  client.on('error', () => undefined);
  let cursors = 0;

  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    try {
      return (await client.query<Row>(text)).rows;
    } catch (error) {
      throw new CannotLookError(`${what} cannot be read: ${messageOf(error)}`, { cause: error });
    }
  };
  try {
    await client.connect();
  } catch (error) {
    throw new CannotLookError(`${what} does not answer: ${messageOf(error)}`, { cause: error });
  }
  // The moment is that of the first statement, so there is one.
  await query('begin transaction isolation level repeatable read read only');
  await query('select');

  return {
    query,
    /** The rows of a statement, `size` at a time, each as the server's text. */
    async *batches<T>(text: string, size: number, read: (row: pg.QueryResultRow) => T): AsyncGenerator<T[]> {
      cursors += 1;
      const cursor = `check_books_${cursors}`;
      await query(`declare ${cursor} no scroll cursor for ${text}`);
      for (;;) {
        const rows = await query(`fetch ${size} from ${cursor}`);
        if (rows.length === 0) return;
        yield rows.map(read);
      }
    },
    close: () => client.end().catch(() => undefined),
  };
}
export type Snapshot = Awaited<ReturnType<typeof openSnapshot>>;

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
