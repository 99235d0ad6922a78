import type { Pool, PoolClient } from '../pool.ts';

/**
 * Runs `use` while this process alone holds the lock named `key`, on the connection that holds it: whoever writes only
 * there writes nothing any more once the lock is lost, because the connection is lost with it. Resolves with undefined,
 * and runs nothing, where another process holds it. Rejects with the error of the database or of `use`.
 */
export async function withSessionLock<T>(
  pool: Pool,
  key: string,
  use: (client: PoolClient) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The server may end the connection between two statements; without a listener that would end the process.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
      [key],
    );
    if (!rows[0]?.locked) return undefined;
    const result = await use(client);
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
    return result;
  } catch (error) {
    // Ending the connection releases the lock whatever state it is in.
    broken ??= error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
