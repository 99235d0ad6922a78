import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../db/migrate.ts';
import { createDatabase } from './harness/databases.ts';
import { describeSchema } from './harness/describe-schema.ts';

const silent = pino({ level: 'silent' });
const fileAt = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test.each(['db/source', 'db/endput', 'db/attempt-log'])(
  '%s/schema.sql is what its migrations add up to (npm run schema-dump)',
  async (folder) => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    await migrate(database.url, fileAt(`${folder}/migrations`), silent);
    const dump = fileAt(`${folder}/schema.sql`);
    // A snapshot that is not there is written, and a test that writes what it compares with would always pass.
    if (expect.getState().snapshotState.snapshotUpdateState !== 'all') expect(existsSync(dump), dump).toBe(true);
    await expect(await describeSchema(database.url)).toMatchFileSnapshot(dump);
  },
);
