import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Logger } from '../runtime/logger.ts';

/** Milliseconds to wait for a process that migrates, or for a table that is in use. */
const LOCK_TIMEOUT = 30_000;

/**
 * Brings a database to the newest of the numbered SQL files in `folder`. Processes that start together wait for each
 * other. Rejects with the database's error, after 30 s of
 * waiting for a lock with SQLSTATE 55P03; a migration that fails leaves nothing behind.
 */
export async function migrate(url: string, folder: string, logger: Logger): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'migrations',
    keepAlive: true,
    // Also for the lock under which another process migrates: one that hangs with it must not hang all others unheard.
    lock_timeout: LOCK_TIMEOUT,
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
