import { MongoClient, type Collection } from 'mongodb';
import type { Logger } from '../../runtime/logger.ts';
import { AttemptLogUnavailableError, type AttemptLog, type RefusedRecord } from './attempt-log.ts';
import { attemptKey, instantOf, type AttemptRecord } from './attempt-record.ts';
import { isolateRefused } from './isolate-refused.ts';
import { refusalOf, refusedDocuments } from './mongodb-errors.ts';
import { ensureIndexes } from './mongodb-indexes.ts';

const COLLECTION = 'message';
/** Where the URL's path names no database. */
const DEFAULT_DATABASE = 'attempt_log';

/** MongoDB's limit: https://www.mongodb.com/docs/manual/reference/limits/ */
const DEEPEST_NESTING = 100;

interface StoredAttempt extends Omit<AttemptRecord, 'processed_at' | 'next_attempt_at'> {
  processed_at: Date;
  next_attempt_at?: Date;
}
/** `_id` is `message_id:cycle:attempt`. */
type AttemptDocument = StoredAttempt & { _id: string };

/** The attempt log in MongoDB, whose own TTL monitor expires the documents. The user needs `collMod` to change a TTL. */
export function createMongodbAttemptLog(url: string, ttl: number, logger: Logger): AttemptLog {
  const client = new MongoClient(url, {
    appName: 'attempt-log',
    maxPoolSize: 5,
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 5_000,
    // A server that hangs is an outage like one that is gone.
    socketTimeoutMS: 30_000,
    // As JSON does: a field that is undefined is absent, not null.
    ignoreUndefined: true,
  });
  const db = client.db(databaseIn(url) ?? DEFAULT_DATABASE);
  const collection = db.collection<AttemptDocument>(COLLECTION, {
    // Whoever writes a record then lets go of it, so it has to survive the server's death.
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  });

  let closed = false;

  /** Runs `work` on a connected client. Every failure is an `AttemptLogUnavailableError`. */
  async function whenConnected<T>(work: () => Promise<T>): Promise<T> {
    try {
      // A client that was closed would quietly open again.
      if (closed) throw new Error('it has been closed');
      // It does nothing while connected. The driver connects by itself too, but stays broken if its first try failed.
      await client.connect();
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const where = `${client.options.hosts.join(',')}/${db.databaseName}`;
      throw new AttemptLogUnavailableError(`the attempt log in MongoDB ${where} is unavailable: ${reason}`, {
        cause: error,
      });
    }
  }

  return {
    store: 'mongodb',
    prepare: () =>
      // MongoDB counts expiry in whole seconds: rather late than early.
      whenConnected(() => ensureIndexes(db, COLLECTION, Math.ceil(ttl / 1000), logger)),
    write: (records) =>
      whenConnected(async () => {
        const { entries, refused } = toEntries(records);
        const isolated = await isolateRefused(
          entries,
          async (some) => {
            refused.push(...(await insert(collection, some)));
          },
          (error, some) => refusalOf(error, documentsOf(some)),
        );
        return [...refused, ...isolated.map(({ item, reason }) => ({ record: item.record, reason }))];
      }),
    attemptsOf: (messageId) =>
      whenConnected(async () => {
        const found = collection.find<StoredAttempt>({ message_id: messageId }, { projection: { _id: 0 } });
        const attempts = await found.sort({ cycle: 1, 'processing.processing_attempts': 1 }).toArray();
        return attempts.map(toRecord);
      }),
    async close() {
      closed = true;
      await client.close();
    },
  };
}

/** The database that the path of a MongoDB URL names. Such a URL may list several hosts, so `URL` cannot read it. */
function databaseIn(url: string): string | undefined {
  const name = /^[^:]+:\/\/[^/?]+\/([^?]+)/.exec(url)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

interface Entry {
  record: AttemptRecord;
  document: AttemptDocument;
}

const documentsOf = (entries: readonly Entry[]) => entries.map((entry) => entry.document);

/** The first record of each key as a document, and the records that cannot be one. */
function toEntries(records: readonly AttemptRecord[]): { entries: Entry[]; refused: RefusedRecord[] } {
  const entries = new Map<string, Entry>();
  const refused: RefusedRecord[] = [];
  for (const record of records) {
    const key = attemptKey(record);
    if (entries.has(key)) continue;
    try {
      entries.set(key, { record, document: toDocument(key, record) });
    } catch (error) {
      refused.push({ record, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { entries: [...entries.values()], refused };
}

function toDocument(key: string, record: AttemptRecord): AttemptDocument {
  // One that the server cannot read would fail the whole insert, with whatever error the server has for it.
  if (isDeeperThan(record, DEEPEST_NESTING)) throw new RangeError(`nested deeper than ${DEEPEST_NESTING} levels`);
  const { processed_at, next_attempt_at, ...same } = record;
  return {
    _id: key,
    ...same,
    processed_at: instantOf(processed_at),
    ...(next_attempt_at === undefined ? {} : { next_attempt_at: instantOf(next_attempt_at) }),
  };
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function toRecord(stored: StoredAttempt): AttemptRecord {
  const { processed_at, next_attempt_at, ...same } = stored;
  return {
    ...same,
    processed_at: processed_at.toISOString(),
    ...(next_attempt_at === undefined ? {} : { next_attempt_at: next_attempt_at.toISOString() }),
  };
}

async function insert(collection: Collection<AttemptDocument>, entries: readonly Entry[]): Promise<RefusedRecord[]> {
  try {
    await collection.insertMany(documentsOf(entries), { ordered: false });
    return [];
  } catch (error) {
    const documents = refusedDocuments(error);
    if (documents === undefined) throw error;
    return documents.flatMap(({ index, reason }) => {
      const entry = entries[index];
      return entry === undefined ? [] : [{ record: entry.record, reason }];
    });
  }
}
