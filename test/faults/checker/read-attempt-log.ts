import { MongoClient } from 'mongodb';
import type { AttemptRecord } from './evidence.ts';
import type { Filed } from './merge.ts';
import { CannotLookError, messageOf, openSnapshot } from './postgres.ts';

const FETCH = 500;
/** Collection of the attempt log in MongoDB, and the database where the URL names none. */
const COLLECTION = 'message';
const DEFAULT_DATABASE = 'attempt_log';

/** The attempt log, opened for reading. */
export interface AttemptLog {
  /** By message id. */
  records: AsyncIterable<Filed<AttemptRecord>[]>;
  close: () => Promise<void>;
}

/** Opens the log in the store that the URL's scheme names. Rejects with a `CannotLookError`. */
export function openAttemptLog(url: string): Promise<AttemptLog> {
  if (/^mongodb(\+srv)?:/.test(url)) return openInMongodb(url);
  if (/^postgres(ql)?:/.test(url)) return openInPostgres(url);
  throw new CannotLookError('the URL of the attempt log must begin with mongodb:// or postgres://');
}

/** What is read of a record; the rest of it is for people. */
interface Document {
  message_id?: unknown;
  cycle?: unknown;
  processing?: { processing_attempts?: unknown; processing_times?: unknown };
  outcome?: unknown;
  processed_at?: unknown;
}

function recordOf(document: Document, position: AttemptRecord['position'], isConsistent: boolean): AttemptRecord {
  const { processing, outcome, processed_at } = document;
  const times = processing?.processing_times;
  return {
    position,
    outcome: String(outcome),
    processedAt: processed_at instanceof Date ? processed_at.getTime() : Date.parse(String(processed_at)),
    processingTimes: typeof times === 'number' ? times : undefined,
    isConsistent,
  };
}

async function openInPostgres(url: string): Promise<AttemptLog> {
  const snapshot = await openSnapshot('the attempt log', url);
  const records = snapshot.batches(
    'select message_id::text as message_id, cycle, attempt, document from attempts a order by a.message_id, a.cycle, a.attempt',
    FETCH,
    (row) => {
      const { message_id, cycle, attempt, document } = row as {
        message_id: string;
        cycle: number;
        attempt: number;
        document: Document;
      };
      const isConsistent =
        document.message_id === message_id &&
        document.cycle === cycle &&
        document.processing?.processing_attempts === attempt;
      return { messageId: message_id, value: recordOf(document, { cycle, attempt }, isConsistent) };
    },
  );
  return { records, close: () => snapshot.close() };
}

async function openInMongodb(url: string): Promise<AttemptLog> {
  const client = new MongoClient(url, {
    appName: 'check-books',
    serverSelectionTimeoutMS: 10_000,
    ignoreUndefined: true,
  });
  try {
    await client.connect();
  } catch (error) {
    throw new CannotLookError(`the attempt log does not answer: ${messageOf(error)}`, { cause: error });
  }
  const named = /^[^:]+:\/\/[^/?]+\/([^?]+)/.exec(url)?.[1];
  const collection = client
    .db(named ? decodeURIComponent(named) : DEFAULT_DATABASE)
    .collection<Document & { _id: string }>(COLLECTION);

  async function* records(): AsyncGenerator<Filed<AttemptRecord>[]> {
    const projection = { message_id: 1, cycle: 1, processing: 1, outcome: 1, processed_at: 1 };
    // The log has an index on message_id, so nothing is sorted; without it the server may use its disk.
    const cursor = collection.find({}, { projection, allowDiskUse: true, batchSize: FETCH }).sort({ message_id: 1 });
    try {
      let batch: Filed<AttemptRecord>[] = [];
      for await (const document of cursor) {
        const { _id, message_id, cycle, processing } = document;
        const position = { cycle: Number(cycle), attempt: Number(processing?.processing_attempts) };
        const messageId = String(message_id);
        const isConsistent = _id === `${messageId}:${position.cycle}:${position.attempt}`;
        batch.push({ messageId, value: recordOf(document, position, isConsistent) });
        if (batch.length < FETCH) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    } catch (error) {
      throw new CannotLookError(`the attempt log cannot be read: ${messageOf(error)}`, { cause: error });
    } finally {
      await cursor.close();
    }
  }
  return { records: records(), close: () => client.close() };
}
