import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { eventually } from '../../harness/eventually.ts';
import { untilNotReady } from '../consumer-says.ts';
import type { Fault } from '../fault.ts';
import { isWhole } from '../form.ts';
import type { Running } from '../running.ts';

/** How long endput is not as it should be, in milliseconds: longer than a batch is held. */
const WHILE = isWhole ? 20_000 : 7_000;

const SEES = 'Orders wait, `/health/ready` says why; no attempt is spent.';

/** Endput answers, and not as it should. */
export const ENDPUT: readonly Fault[] = [
  {
    name: 'endput takes 2 s for each answer',
    sees: 'Everything goes on, slowly; no attempt is spent.',
    differs: false,
    proxied: true,
    async inflict(running) {
      const { endput } = running.network();
      endput.delay((direction) => (direction === 'down' ? 2_000 : 0));
      await sleep(WHILE * 2);
      endput.delay(() => 0);
    },
  },
  {
    name: 'endput is read-only',
    sees: SEES,
    differs: false,
    async inflict(running) {
      await onEndput(running, async (client) => {
        await client.query('alter system set default_transaction_read_only = on');
        await client.query('select pg_reload_conf()');
        await untilNotReady(running, /^endput.*read-only/);
        await sleep(WHILE);
        await client.query('alter system reset default_transaction_read_only');
        await client.query('select pg_reload_conf()');
      });
    },
  },
  {
    name: 'endput has no connection left',
    sees: SEES,
    differs: false,
    async inflict(running) {
      const taken: pg.Client[] = [];
      try {
        // Those of the consumers are ended, and taken before they can be opened again.
        await onEndput(running, async (client) => {
          for (const until = Date.now() + WHILE; Date.now() < until;) {
            const connection = newClient(running);
            await connection.connect().then(
              () => taken.push(connection),
              () => undefined,
            );
            await client.query(
              `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'consumer'`,
            );
          }
        });
        await untilNotReady(running, /^endput.*(terminating connection|connection slots|too many clients)/);
      } finally {
        await Promise.all(taken.map((connection) => connection.end()));
      }
    },
  },
  {
    name: 'endput has no disk space left (it refuses inserts, SQLSTATE 53100)',
    sees: SEES,
    differs: false,
    isShort: true,
    async inflict(running) {
      await onEndput(running, async (client) => {
        await client.query(`
          create function no_space() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
        for (const table of ['orders', 'retries', 'dead_letters']) {
          await client.query(`create trigger no_space before insert on ${table} execute function no_space()`);
        }
        await untilNotReady(running, /^endput.*No space left/);
        await sleep(WHILE);
        await client.query('drop function no_space cascade');
      });
    },
  },
  {
    name: 'endput ends transactions of the consumers as victims of deadlocks',
    sees: 'Nothing: such a batch is settled again at once.',
    differs: false,
    isShort: true,
    async inflict(running) {
      await onEndput(running, async (client) => {
        // Who waits for so long looks once for a deadlock, and ends itself: the consumers do it after 1 s.
        await client.query(`set deadlock_timeout = '3s'`);
        let own = 0;
        for (const until = Date.now() + 60_000; (await deadlocks(client)) <= own;) {
          if (Date.now() > until) throw new Error('no consumer became the victim of a deadlock');
          if (await lockAgainstTheOrder(client)) own += 1;
        }
      });
    },
  },
  {
    name: 'rows that endput refuses stand among others in a batch',
    sees: 'Each of them is dead: `refused_by_endput`. Their neighbours are stored.',
    differs: false,
    rows: [
      ['too dear', '10000000000000', true],
      ['too dear as well', '99999999999999.99', true],
    ],
    async inflict(running) {
      await eventually(async () => {
        const refused = await running.endput(`select from dead_letters where reason = 'refused_by_endput'`);
        if (refused.length !== 2) throw new Error(`${refused.length} rows are refused`);
      }, 120_000);
    },
  },
];

const newClient = ({ urls }: Running) => {
  const client = new pg.Client({ connectionString: urls.endput });
  client.on('error', () => undefined);
  return client;
};

async function onEndput(running: Running, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = newClient(running);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function deadlocks(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select deadlocks::int as n from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.n ?? 0;
}

/**
 * Locks waiting retries one by one from the highest id down, while the consumers go from the lowest up. Resolves with
 * whether this became the victim of a deadlock.
 */
async function lockAgainstTheOrder(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ id: string }>(
    'select message_id as id from retries order by message_id desc limit 200',
  );
  await client.query('begin');
  try {
    for (const { id } of rows) await client.query('select from retries where message_id = $1 for update', [id]);
    return false;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '40P01') return true;
    throw error;
  } finally {
    await client.query('rollback');
  }
}
