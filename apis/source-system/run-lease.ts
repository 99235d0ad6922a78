import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { parseCursorDocument, type CursorDocument } from './cursor.ts';

/** Redis does not answer. Trying again later may help. */
export class RedisUnavailableError extends Error {
  readonly code = 'REDIS_UNAVAILABLE';
  override readonly name = 'RedisUnavailableError';
}

/** The lease of a run is someone else's, or was taken away by `unblock`: the run must stop. */
export class LeaseLostError extends Error {
  readonly code = 'LEASE_LOST';
  override readonly name = 'LeaseLostError';
  constructor() {
    super('the run lost its lease: it was released by unblock, or another run has taken over');
  }
}

/**
 * Takes or keeps the lease and, holding it, writes the document. The holder also gets a lease back that is gone (Redis
 * was down for longer than the lease, or was wiped) unless someone else has it or `unblock` has released this one.
 */
const HOLD = `
  local holder = redis.call('get', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  if not holder and redis.call('get', KEYS[2]) == ARGV[1] then return 0 end
  redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
  if ARGV[3] ~= '' then redis.call('set', KEYS[3], ARGV[3]) end
  return 1`;
const RELEASE = `
  if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
  return 0`;
/** The token of a released lease is remembered for a day, so that its holder does not take it back. */
const UNBLOCK = `
  local holder = redis.call('get', KEYS[1])
  if not holder then return 0 end
  redis.call('set', KEYS[2], holder, 'px', 86400000)
  redis.call('del', KEYS[1])
  return 1`;
const FORGET = `
  if redis.call('exists', KEYS[1]) == 1 then return 0 end
  redis.call('del', KEYS[3])
  return 1`;

/**
 * Cursor and lease of one source in Redis. The cursor is written only by whoever holds the lease, in one step with the
 * check. Every function rejects with a `RedisUnavailableError` when Redis does not answer.
 */
export function createRunLease(redis: Redis, system: string, leaseMilliseconds: number) {
  const keys = [`${system}:lease`, `${system}:released`, system] as const;
  const run = async (script: string, ...values: (string | number)[]): Promise<boolean> =>
    (await onRedis(() => redis.eval(script, keys.length, ...keys, ...values))) === 1;

  return {
    /** Takes the lease for a new run; undefined while another run has it. */
    async acquire() {
      const token = randomUUID();
      const taken = await onRedis(() => redis.set(keys[0], token, 'PX', leaseMilliseconds, 'NX'));
      return taken === 'OK' ? holdLease(token) : undefined;
    },
    /** The document of the source, and whether a run holds the lease. */
    async read(): Promise<{ document: CursorDocument | undefined; leased: boolean }> {
      const [document, lease] = await onRedis(() => redis.mget(keys[2], keys[0]));
      return { document: parseCursorDocument(document ?? null), leased: typeof lease === 'string' };
    },
    /** Forgets the cursor; false, and nothing is done, while a run holds the lease. */
    forget: () => run(FORGET),
    /** Forgets the cursor whoever holds the lease: it speaks of another database. */
    async forgetForeign(): Promise<void> {
      await onRedis(() => redis.del(keys[2]));
    },
    /** Takes the lease away from whoever has it; false when nobody had it. */
    unblock: () => run(UNBLOCK),
    /** Resolves when Redis answers. */
    async ping(): Promise<void> {
      await onRedis(() => redis.ping());
    },
  };

  function holdLease(token: string) {
    const hold = async (document: string): Promise<void> => {
      if (!(await run(HOLD, token, leaseMilliseconds, document))) throw new LeaseLostError();
    };
    return {
      /** Keeps the lease for its full time again. Rejects with a `LeaseLostError`. */
      renew: () => hold(''),
      /** Writes the document and renews. Rejects with a `LeaseLostError`, and then has written nothing. */
      write: (document: CursorDocument) => hold(JSON.stringify(document)),
      /** Gives the lease back, if it is still held. */
      release: () => run(RELEASE, token),
    };
  }
}
export type RunLease = ReturnType<typeof createRunLease>;
export type HeldLease = NonNullable<Awaited<ReturnType<RunLease['acquire']>>>;

async function onRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RedisUnavailableError(`Redis does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Its own text speaks of the client's options.
  return error.name === 'MaxRetriesPerRequestError' ? 'there is no connection' : error.message;
}
