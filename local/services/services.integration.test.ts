import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queryOnce } from '../../test/harness/databases.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { eachBroker } from '../../test/harness/vhosts.ts';
import { freePorts, isTaken } from './free-port.ts';
import { DATA_FOLDER_VARIABLE, findLeftovers, stopLeftovers } from './leftovers.ts';
import { startPostgres } from './postgres.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startRedis } from './redis.ts';
import { runToEnd, startProcess, untilReady } from './service-process.ts';
import { whoRunsPostgres } from './unprivileged-user.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-ingestion-services-'));
  await chmod(folder, 0o755);
  env = { ...process.env, [DATA_FOLDER_VARIABLE]: folder };
});
afterEach(async () => {
  const left = await findLeftovers(folder);
  await stopLeftovers(left);
  await rm(folder, { recursive: true, force: true });
  expect(left.map(({ args }) => args.join(' '))).toEqual([]);
});

describe('PostgreSQL', () => {
  const start = async (port: number) =>
    startPostgres({ name: 'db', folder: join(folder, 'db'), port, databases: ['one', 'two'], env });

  test('keeps what is committed when it is killed, also with a query under way, and stops', async () => {
    const [port = 0] = await freePorts(1);
    const first = await start(port);
    await queryOnce(first.url('two'), 'create table kept as select 42 as answer');
    const busy = queryOnce(first.url('one'), 'select sum(n) from generate_series(1, 1e12) n').catch(() => 'cut off');
    await eventually(async () => {
      const query = `select 1 from pg_stat_activity where state = 'active' and query like '%1e12%' and pid <> pg_backend_pid()`;
      expect(await queryOnce(first.url('two'), query)).toHaveLength(1);
    });
    await first.kill();
    expect(await busy).toBe('cut off');
    expect(await findLeftovers(folder)).toEqual([]);

    const second = await start(port);
    expect(await queryOnce(second.url('two'), 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    expect(await isTaken(port)).toBe(false);
  });

  test('takes the place of a server that still runs on its folder', async () => {
    const [one = 0, two = 0] = await freePorts(2);
    const first = await start(one);
    await queryOnce(first.url('two'), 'create table kept as select 42 as answer');
    const second = await start(two);
    expect(first.hasExited()).toBe(true);
    expect(await queryOnce(second.url('two'), 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  test('says why it could not start', async () => {
    const server = await start((await freePorts(1))[0] ?? 0);
    const taken = startPostgres({ name: 'other', folder: join(folder, 'other'), port: server.port, databases: [] });
    await expect(taken).rejects.toThrow(/Address already in use/);
    const redis = startRedis({ folder: join(folder, 'redis'), port: server.port, persistent: true });
    await expect(redis).rejects.toThrow(/Address already in use/);
    await server.stop();
  });

  test('runs below a folder that no other user may pass, too', async () => {
    await chmod(folder, 0o700);
    const program = join(folder, 'program');
    await writeFile(program, '', { mode: 0o755 });
    const as = await whoRunsPostgres(folder, join(folder, 'none'), program);
    await runToEnd(as({ name: 'a check as initdb makes it', file: '/usr/bin/test', args: ['-x', program] }));

    const server = await start((await freePorts(1))[0] ?? 0);
    expect(await queryOnce(server.url('one'), 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });
});

test('Redis keeps its data when it is killed, and stops', async () => {
  const [port = 0] = await freePorts(1);
  const start = () => startRedis({ folder: join(folder, 'redis'), port, persistent: true, env });
  const ask = async <T>(question: (redis: Redis) => Promise<T>) => {
    const redis = new Redis({ port, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const first = await start();
  await ask((redis) => redis.set('cursor', '42'));
  // It syncs to disk once a second; killed is not switched off: what is written is there.
  await first.kill();
  expect(await findLeftovers(folder)).toEqual([]);
  const second = await start();
  expect(await ask((redis) => redis.get('cursor'))).toBe('42');
  await second.stop();
  expect(await isTaken(port)).toBe(false);
});

for (const { title, broker } of eachBroker()) {
  test.skipIf(!broker)(
    `${title} keeps its queues when it is killed, and stops`,
    async () => {
      if (!broker) return;
      const start = async () => {
        const [port = 0, managementPort = 0] = await freePorts(2);
        const { serverDir } = broker;
        return startRabbitmq({ folder: join(folder, 'rabbitmq'), serverDir, port, managementPort, env });
      };
      const first = await start();
      const connection = await connect(first.url);
      connection.on('error', () => undefined);
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      channel.sendToQueue('kept', Buffer.from('42'), { persistent: true });
      await channel.waitForConfirms();
      await first.stop();
      expect(await findLeftovers(folder)).toEqual([]);

      // On other ports, as when the old ones are taken.
      const second = await start();
      await second.kill();
      expect(await findLeftovers(folder)).toEqual([]);
      const third = await start();
      const again = await connect(third.url);
      const reading = await again.createChannel();
      const message = await eventually(async () => {
        const got = await reading.get('kept');
        if (got === false) throw new Error('the message is not there');
        return got;
      });
      expect(message.content.toString()).toBe('42');
      await again.close();
      await third.kill();
      expect(await findLeftovers(folder)).toEqual([]);
    },
    180_000,
  );
}

test('what a killed launcher left is found by its data folder, and stopped', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  await startPostgres({ name: 'db', folder: join(folder, 'db'), port: one, databases: [], env });
  await startRedis({ folder: join(folder, 'redis'), port: two, persistent: true, env });
  startProcess({ name: 'ours', file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], env });
  const left = await eventually(async () => {
    const found = await findLeftovers(folder);
    expect(found.map(({ args }) => args.join(' ')).join('\n')).toMatch(
      /postgres[^]*redis-server|redis-server[^]*postgres/,
    );
    return found;
  });
  await stopLeftovers(left);
  expect(await findLeftovers(folder)).toEqual([]);
});

test('a process that ends or cannot be started is told with its last words', async () => {
  const dies = startProcess({ name: 'dies', file: 'sh', args: ['-c', 'echo because of this; exit 3'] });
  await expect(untilReady(dies, () => Promise.resolve(false), 5_000)).rejects.toThrow(
    'dies ended with exit code 3:\nbecause of this',
  );
  await expect(runToEnd({ name: 'nothing', file: '/nowhere/nothing', args: [] })).rejects.toThrow(
    'could not be started',
  );
});

test('what a process leaves behind in its group ends with it', async () => {
  const leaves = startProcess({ name: 'leaves', file: 'sh', args: ['-c', 'sleep 1000 & echo $!'], env });
  await leaves.exited;
  await eventually(async () => expect(await findLeftovers(folder)).toEqual([]));
});
