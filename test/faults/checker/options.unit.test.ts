import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOptions, UsageError } from './options.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'options-of-check-books-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing runs in this folder. */
const nowhere = () => ({ LOCAL_DIR: join(folder, 'nothing') });

describe('where the stores are', () => {
  test('without a word, the addresses of the README', () => {
    expect(readOptions([], nowhere())).toMatchObject({
      sources: [
        { system: 'system_1', url: 'postgres://postgres:postgres@127.0.0.1:5432/db_postgres_1' },
        { system: 'system_2', url: 'postgres://postgres:postgres@127.0.0.1:5433/db_postgres_2' },
      ],
      endput: 'postgres://postgres:postgres@127.0.0.1:5434/db_postgres_endput',
      attemptLog: 'postgres://postgres:postgres@127.0.0.1:5435/db_attempt_log',
      broker: { url: 'amqp://guest:guest@127.0.0.1:5672', managementUrl: 'http://guest:guest@127.0.0.1:15672/' },
      maxAttempts: 5,
      attemptLogTtl: 600_000,
    });
  });

  test('what runs in LOCAL_DIR, whose ports may be moved; a variable and an option beat it, in this order', () => {
    const servers = {
      endput: 'postgres://moved/endput',
      attemptLog: 'mongodb://moved/log',
      rabbitmq: 'amqp://a:b@moved',
    };
    writeFileSync(join(folder, 'running.json'), JSON.stringify({ pid: 1, servers }));
    const env = { LOCAL_DIR: folder, ATTEMPT_LOG_URL: 'mongodb://variable', RABBITMQ_URL: 'amqp://variable' };
    expect(readOptions(['--rabbitmq', 'amqp://c:d@option'], env)).toMatchObject({
      endput: 'postgres://moved/endput',
      attemptLog: 'mongodb://variable',
      broker: { url: 'amqp://c:d@option', managementUrl: 'http://c:d@127.0.0.1:15672/' },
    });
  });

  test('sources by name', () => {
    expect(readOptions(['--source', 'a=postgres://x/a?b=c', '--source', 'b=postgres://y'], nowhere())).toMatchObject({
      sources: [
        { system: 'a', url: 'postgres://x/a?b=c' },
        { system: 'b', url: 'postgres://y' },
      ],
    });
  });
});

test('dlq_queue is looked at when all is settled, and only counted while work flows, unless told otherwise', () => {
  expect(readOptions([], nowhere())).toMatchObject({ settled: false, deadLetters: 'count' });
  expect(readOptions(['--settled'], nowhere())).toMatchObject({ settled: true, deadLetters: 'messages' });
  expect(readOptions(['--settled', '--dlq', 'none'], nowhere())).toMatchObject({ deadLetters: 'none' });
});

test.each([
  [['--nonsense']],
  [['--max-attempts', '0']],
  [['--dlq', 'all']],
  [['--again-after', 'soon']],
  [['--source', 'postgres']],
  [['--simulated-failures', 'maybe']],
])('%j is refused', (args) => {
  expect(() => readOptions(args, nowhere())).toThrow(UsageError);
});

test('help is asked for', () => {
  expect(readOptions(['--help'], nowhere())).toBe('help');
});
