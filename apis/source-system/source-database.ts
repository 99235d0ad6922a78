import { fileURLToPath } from 'node:url';
import { migrate } from '../../db/migrate.ts';
import type { Pool } from '../../db/pool.ts';
import { refuseStandby, verifySourceIdentity } from '../../db/source/source-identity.ts';
import { backoffDelay, pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ApiError } from '../http/errors.ts';

const MIGRATIONS = fileURLToPath(new URL('../../db/source/migrations', import.meta.url));
const BACKOFF = { shortest: 250, longest: 5_000 };

/**
 * The source database on its way to being usable. The API answers before that, and says what it waits for, so a process
 * may be started before its servers.
 */
export function createSourceDatabase(options: {
  url: string;
  pool: Pool;
  forgetCursor: () => Promise<void>;
  system: string;
  logger: Logger;
}) {
  const { url, pool, system, logger } = options;
  let waitingFor: string | undefined = 'the source database is being prepared';
  return {
    /** Migrates and verifies the identity, trying again until it succeeds or `signal` is aborted. Never rejects. */
    async prepare(signal: AbortSignal): Promise<void> {
      for (let failures = 1; !signal.aborted; failures += 1) {
        try {
          await refuseStandby(pool);
          await migrate(url, MIGRATIONS, logger);
          const { renumbered } = await verifySourceIdentity(pool, options.forgetCursor);
          if (renumbered) logger.warn({ system }, 'the database came from another cluster: its rows were renumbered');
          waitingFor = undefined;
          logger.info({ system }, 'the source database is ready');
          return;
        } catch (error) {
          waitingFor = `the source database is not ready: ${error instanceof Error ? error.message : String(error)}`;
          logger.warn({ system, failures }, waitingFor);
          await pause(backoffDelay(failures, BACKOFF), signal);
        }
      }
    },
    /** Throws an `ApiError` (503) with the reason until the database is prepared. */
    requirePrepared(): void {
      if (waitingFor !== undefined) throw new ApiError(503, 'DATABASE_UNAVAILABLE', `${waitingFor}. Try again later.`);
    },
    /** Why the database cannot be used now, if it cannot. */
    async notReady(): Promise<string | undefined> {
      if (waitingFor !== undefined) return waitingFor;
      try {
        await refuseStandby(pool);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}
export type SourceDatabase = ReturnType<typeof createSourceDatabase>;
