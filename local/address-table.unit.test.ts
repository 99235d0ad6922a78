import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addressTable, localAddresses, readyText } from './address-table.ts';
import { withDesk } from './first-login.ts';
import { ourProcesses } from './processes.ts';
import { serverUrls, type AttemptLogStore } from './servers.ts';

const PORTS = { db1: 1, db2: 2, endput: 3, attempt_log: 4, redis: 5, rabbitmq: 6, management: 7 };

function text(store: AttemptLogStore, consumers = [10]): string {
  const urls = serverUrls(store, PORTS, 'mongodb://me:secret@10.0.0.1/log');
  return readyText(
    localAddresses(ourProcesses(urls, { storefront: 12, system_1: 8, system_2: 9, consumers }), urls, store),
    1234,
  );
}

describe('the table of addresses', () => {
  test('stands in columns', () => {
    expect(
      addressTable([
        { what: 'a', url: 'http://long', note: 'x' },
        { what: 'long', url: 'http://b' },
      ]),
    ).toEqual(['  a      http://long   x', '  long   http://b']);
  });

  test('has what runs: the storefront, the APIs with their Swagger UI, every consumer, every server', () => {
    const shown = text('postgres', [10, 11]);
    for (const url of [
      'storefront            http://127.0.0.1:12 ',
      'http://127.0.0.1:8/docs',
      'http://127.0.0.1:9/docs',
      'http://127.0.0.1:10/health/ready',
      'http://127.0.0.1:11/health/ready',
      'http://127.0.0.1:7 ',
      'amqp://guest:guest@127.0.0.1:6',
      'redis://127.0.0.1:5',
      'postgres://postgres:postgres@127.0.0.1:1/db_postgres_1',
      'postgres://postgres:postgres@127.0.0.1:2/db_postgres_2',
      'postgres://postgres:postgres@127.0.0.1:3/db_postgres_endput',
      'postgres://postgres:postgres@127.0.0.1:4/db_attempt_log',
    ]) {
      expect(shown).toContain(url);
    }
    expect(shown).toContain('make sample');
    expect(shown).not.toContain('mongodb://');
  });

  test('has the MongoDB that runs', () => {
    expect(text('mongod')).toContain('mongodb://127.0.0.1:4/attempt_log');
  });

  test('does not show the password of a server that is not ours', () => {
    expect(text('own')).toContain('10.0.0.1');
    expect(text('own')).not.toContain('secret');
  });
});

test('the table in the README is the one that is shown, with the desk and its password', () => {
  const defaults = {
    db1: 5432,
    db2: 5433,
    endput: 5434,
    attempt_log: 5435,
    redis: 6379,
    rabbitmq: 5672,
    management: 15672,
  };
  const urls = serverUrls('postgres', defaults, '');
  const processes = ourProcesses(urls, { storefront: 8000, system_1: 8001, system_2: 8002, consumers: [8003] });
  const addresses = withDesk(localAddresses(processes, urls, 'postgres'), {
    user: 'operator',
    password: 'b4e4dpprnz...',
  });
  const [, shown = ''] =
    /Everything is ready \(.*\)\.\n\n([^]*?) {2}\.\.\.\n/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const lines = shown.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(5);
  expect(lines).toEqual(addressTable(addresses).slice(0, lines.length));
});
