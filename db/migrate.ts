import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Logger } from '../runtime/logger.ts';

/**
 * Brings a database to the newest of the numbered SQL files in `folder`. Processes that start together wait for each
 * other. Rejects with the database's error; a migration that fails leaves nothing behind.
 */
export async function migrate(url: string, folder: string, logger: Logger): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'migrations',
  });
  client.on('error', (error) => logger.warn({ err: error }, 'the connection of the migrations broke'));
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: folder,
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      checkOrder: true,
      log: () => undefined,
    });
    for (const migration of done) logger.info(`migration ${migration.name} done`);
  } finally {
    await client.end();
  }
}
