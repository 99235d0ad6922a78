import pg from 'pg';

/** Runs one statement on a connection of its own, and resolves with its rows. */
export async function queryOnce<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that ends while it is asked is reported by the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** A server with the URL of each of its databases, see `local/services/postgres.ts`. */
interface Server {
  url: (database: string) => string;
}

export const createDatabase = (server: Server, name: string) =>
  queryOnce(server.url('postgres'), `create database ${pg.escapeIdentifier(name)}`);

export const dropDatabase = (server: Server, name: string) =>
  queryOnce(server.url('postgres'), `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
