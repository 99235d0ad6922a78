import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { Compile } from 'typebox/compile';
import { expect, onTestFinished, test } from 'vitest';
import { countOn } from '../../../db/endput/count-on.ts';
import { prepareTotals } from '../../../db/endput/prepare-totals.ts';
import { readCountingHorizon } from '../../../db/endput/totals.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { createHeldBack } from '../held-back.ts';
import { Balance } from './balance-answers.ts';
import { createDesk } from './desk-under-test.ts';
import { silent } from './letters-under-test.ts';
import { registerBalance } from './routes/balance.ts';

/** The API of a source with so many rows, all of them published. */
async function sourceWith(rows: number): Promise<string> {
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ system: 'system_1', state: 'idle', rows, unpublished: 0 })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('while a transaction holds the totals back, orders that are stored are no difference', async () => {
  const url = await sourceWith(5);
  const heldBack = createHeldBack(0);
  const desk = await createDesk({}, [], (app, { pool, guard }) =>
    registerBalance(app, {
      ...{ pool, guard, heldBack, logger: silent, sourceApis: [{ system: 'system_1', url }] },
      queues: {
        onConnection: () => undefined,
        read: () => Promise.resolve({ primary: 0, deadLetters: 0 }),
        readInHand: () => Promise.resolve(0),
      },
      // However long it stands still.
      hasSettled: () => true,
    }),
  );
  const { pool, endput } = desk;
  const count = async () => {
    await countOn(pool, 100, true);
    heldBack.note(await readCountingHorizon(pool), performance.now(), new Date());
  };
  const store = (orders: number) =>
    endput(
      `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource,
                           table_resource, source_id, product, price, security_check, created_at)
       select gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', n, 'Tea', 2, true, now()
         from generate_series(1, $1) n`,
      [orders],
    );
  // Everybody is given the same answer for a while.
  const untilBalance = (expected: object) =>
    eventually(async () => {
      await count();
      const answer = (await desk.app.inject({ method: 'GET', url: '/v0/balance' })).json<unknown>();
      expect([...Compile(Balance).Errors(answer)]).toEqual([]);
      expect(answer).toMatchObject(expected);
    }, 60_000);

  await prepareTotals(pool);
  await store(2);
  // What is missing while nothing holds back is said.
  await untilBalance({ behind: false, held_back: null, quiet: true, balanced: false, sources: [{ difference: 3 }] });

  const long = new pg.Client(pool.options);
  await long.connect();
  await long.query('begin');
  await long.query('select pg_current_xact_id()');
  await store(3);
  await untilBalance({
    ...{ behind: true, held_back: { since: expect.any(String) as string }, quiet: false, balanced: null },
    sources: [{ rows: 5, stored: 2, difference: null }],
  });
  await long.query('commit');
  await long.end();
  await untilBalance({ behind: false, held_back: null, quiet: true, balanced: true, sources: [{ stored: 5 }] });
});
