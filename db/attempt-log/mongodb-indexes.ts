import { MongoServerError, type Db, type IndexDescriptionInfo } from 'mongodb';
import type { Logger } from '../../runtime/logger.ts';

const NAMESPACE_NOT_FOUND = 26;

/**
 * Makes the indexes of a log: `message_id` for looking up, `processed_at` for expiry `seconds` after it. What is there
 * is used, whatever its name; an index that expires after another time is changed, which takes effect at once. Rejects
 * with the driver's error.
 */
export async function ensureIndexes(db: Db, name: string, seconds: number, logger: Logger): Promise<void> {
  const collection = db.collection(name);
  const indexes = await collection.indexes().catch((error: unknown) => {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  });

  if (!indexes.some((index) => Object.keys(index.key)[0] === 'message_id'))
    await collection.createIndex({ message_id: 1 }, {}, {});

  const byDate = indexes.filter((index) => Object.keys(index.key).join() === 'processed_at');
  const expiring = byDate.filter((index) => index.expireAfterSeconds !== undefined);
  for (const index of expiring.filter((index) => index.expireAfterSeconds !== seconds)) {
    await db.command({ collMod: name, index: { name: nameOf(index), expireAfterSeconds: seconds } });
    logger.info({ before: index.expireAfterSeconds, now: seconds }, 'the expiry of the attempt log was changed');
  }
  if (expiring.length > 0) return;

  // Only newer servers can turn a plain index into one that expires; dropping it works on all.
  for (const index of byDate) await collection.dropIndex(nameOf(index));
  await collection.createIndex({ processed_at: 1 }, { expireAfterSeconds: seconds }, {});
}

function nameOf(index: IndexDescriptionInfo): string {
  if (index.name === undefined) throw new Error('the server named no name of an index');
  return index.name;
}
