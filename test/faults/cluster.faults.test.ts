import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeSurroundings } from '../../bench/machine.ts';
import { redisUrl } from '../harness/context.ts';
import { createDatabase, queryOnce } from '../harness/databases.ts';
import { eventually } from '../harness/eventually.ts';
import { privateCluster, type ClusterNode, type PrivateCluster } from '../harness/private-cluster.ts';
import type { OurProcess } from '../harness/processes.ts';
import { createSystem, type System } from '../harness/system.ts';
import { createVhost, eachBroker } from '../harness/vhosts.ts';
import { printedBy } from './checker/program-under-test.ts';
import { keepFlowing, watchProgress } from './cluster-flow.ts';
import { keepClusterMeasurement } from './cluster-results.ts';
import { isWhole, wanted } from './form.ts';

/** A cluster is a matter of 4.3: earlier ones have another metadata store. */
const [on = { title: 'RabbitMQ 4.3 (SKIPPED: no broker)', broker: undefined }] = eachBroker().filter(({ title }) =>
  title.startsWith('RabbitMQ 4.3'),
);

/** Milliseconds that anything may take here. What it really took is measured, and printed. */
const PATIENCE = 180_000;

/** Seconds, of a node that is killed or cut off, after which orders are stored again, and what it had in hand is. */
const LIMITS = { standstill: 30, held: 70 };

const inSeconds = (milliseconds: number) => Math.round(milliseconds / 100) / 10;

describe.skipIf(on.broker === undefined)(`a cluster of three, ${on.title}`, () => {
  let cluster: PrivateCluster;
  let vhost: Awaited<ReturnType<typeof createVhost>>;
  let databases: Awaited<ReturnType<typeof createDatabase>>[];
  let system: System;
  let apis: OurProcess[];
  let consumers: OurProcess[];

  beforeAll(async () => {
    cluster = await privateCluster(on.broker?.serverDir ?? '');
  }, PATIENCE);
  afterAll(() => cluster.remove());

  describe.each(['ttl', 'native'] as const)('transport %s', (transport) => {
    beforeEach(async () => {
      vhost = await createVhost({
        url: cluster.nodes[0]?.url ?? '',
        managementUrl: cluster.nodes[0]?.managementUrl ?? '',
      });
      databases = await Promise.all([1, 2, 3, 4].map(() => createDatabase()));
      const [source1 = '', source2 = '', endput = '', attemptLog = ''] = databases.map(({ url }) => url);
      system = createSystem(
        {
          rabbitmq: cluster.urls(vhost.name),
          management: cluster.managementUrls,
          redis: redisUrl(),
          sources: [source1, source2],
          endput,
          attemptLog,
        },
        {
          RETRY_DELAYS: '500ms',
          RETRY_TRANSPORT: transport,
          QUEUE_MEMBERS: '3',
          // As users have it.
          RABBITMQ_HEARTBEAT: '10',
        },
      );
      apis = await Promise.all([system.startSource(0), system.startSource(1)]);
      consumers = await Promise.all([system.startConsumer(), system.startConsumer()]);
    }, PATIENCE);
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${system.logs()}\n`);
      await system.stop();
      await vhost.delete();
      await Promise.all(databases.map((database) => database.drop()));
    }, PATIENCE);

    /** The node that a consumer says it consumes from. */
    function nodeOf(consumer: OurProcess | undefined): ClusterNode {
      const said = consumer?.logLines().findLast((line) => line.includes('"consuming"')) ?? '{}';
      const { node: host } = JSON.parse(said) as { node?: string };
      const found = cluster.nodes.find(({ url }) => new URL(url).host === host);
      if (!found) throw new Error(`no node has the address ${host}`);
      return found;
    }

    async function leader(): Promise<ClusterNode> {
      const queue = await cluster.queue(vhost.name, 'primary_queue');
      const found = cluster.nodes.find(({ name }) => name === queue.leader);
      if (!found) throw new Error('primary_queue has no leader');
      return found;
    }

    /** Of each source the last row that there is, and how many up to there are to be stored. */
    const rowsSoFar = () =>
      Promise.all(
        system.urls.sources.map(async (url, index) => {
          const [row] = await queryOnce<{ last: string; storable: number }>(
            url,
            'select coalesce(max(id), 0) as last, (count(*) filter (where security_check))::int as storable from orders',
          );
          if (!row) throw new Error('no count');
          return { system: system.systemName(index), ...row };
        }),
      );

    async function untilStored(rows: Awaited<ReturnType<typeof rowsSoFar>>): Promise<void> {
      await eventually(
        async () => {
          for (const { system: name, last, storable } of rows) {
            const [row] = await system.endput<{ n: number }>(
              'select count(*)::int as n from orders where system = $1 and source_id <= $2 and security_check',
              [name, last],
            );
            if (row?.n !== storable) throw new Error(`${row?.n} of ${storable} orders of ${name} are stored`);
          }
        },
        PATIENCE,
        100,
      );
    }

    /**
     * Inflicts something while orders flow; `inflict` resolves when it is over. Then all must come out: every row stored
     * once or dead, and of every message the attempts that it asks for, each once.
     */
    async function balancesAlthough(fault: string, inflict: () => Promise<void>, limits: typeof LIMITS): Promise<void> {
      const surroundings = await describeSurroundings();
      const flow = keepFlowing(apis);
      const progress = watchProgress(system);
      try {
        await progress.untilMore(1_000, PATIENCE);
        const rows = await rowsSoFar();
        const at = Date.now();
        let settledAt = Number.NaN;
        const held = untilStored(rows).then(() => (settledAt = Date.now()));
        await Promise.all([inflict(), held]);
        await progress.untilMore(500, PATIENCE);
        const until = Date.now();
        await flow.stop();

        const books = await system.untilBalanced(PATIENCE);
        expect(books.every(({ rows, stored, dead }) => rows > 0 && rows === stored + dead)).toBe(true);
        await eventually(async () => {
          expect(await system.recordedMessages()).toBe(books.reduce((sum, { rows }) => sum + rows, 0));
          expect(await system.wrongAttempts()).toEqual([]);
        }, PATIENCE);
        // What a lost connection had in hand, records too, is in its queue for up to a minute more.
        await eventually(async () => expect((await findings()).deviations).toEqual({}), PATIENCE);

        const measured = {
          fault,
          transport,
          broker: on.broker?.version ?? '',
          orders: books.reduce((sum, { rows }) => sum + rows, 0),
          standstillSeconds: inSeconds(progress.longestPause(at, until)),
          slowSeconds: inSeconds(progress.longestSlump(at, until, progress.rateUpTo(at) / 2)),
          heldSeconds: inSeconds(settledAt - at),
          surroundings,
        };
        // The tests of a checkout leave its files as they are.
        if (isWhole) keepClusterMeasurement(measured);
        process.stdout.write(
          `${fault}, ${transport}: ${measured.orders} orders; no order was stored for ${measured.standstillSeconds} s at most, fewer than ` +
            `half as many as before for ${measured.slowSeconds} s at most, all from ` +
            `before were stored after ${measured.heldSeconds} s (load ${surroundings.loadBefore})\n`,
        );
        expect(measured.standstillSeconds).toBeLessThanOrEqual(limits.standstill);
        expect(measured.heldSeconds).toBeLessThanOrEqual(limits.held);
      } finally {
        await progress.stop();
      }
    }

    const findings = () =>
      printedBy([
        ...system.urls.sources.flatMap((url, index) => ['--source', `${system.systemName(index)}=${url}`]),
        ...['--endput', system.urls.endput, '--attempt-log', system.urls.attemptLog, '--attempt-log-ttl', '1h'],
        ...['--rabbitmq', system.urls.rabbitmq, '--management', cluster.managementUrls, '--settled'],
      ]);

    test('every queue is on all three nodes', async () => {
      const queues = ['primary_queue', 'dlq_queue', 'attempt_log', ...(transport === 'ttl' ? ['retry_500'] : [])];
      for (const queue of queues) {
        const { members } = await cluster.queue(vhost.name, queue);
        expect(members.toSorted()).toEqual(cluster.nodes.map(({ name }) => name));
      }
    });

    /** Declares the test of a fault, whose name `FAULT` may choose. */
    function withstands(fault: string, inflict: () => Promise<void>, { isShort = false, limits = LIMITS } = {}): void {
      test.skipIf(!wanted.test(fault) || !(isWhole || isShort))(
        `orders are soon stored again, each once: ${fault}`,
        () => balancesAlthough(fault, inflict, limits),
      );
    }

    withstands(
      'the leader of primary_queue is killed',
      async () => {
        const node = await leader();
        await node.kill();
        await sleep(10_000);
        await node.start();
      },
      { isShort: true },
    );

    withstands('a node is killed', async () => {
      const node = nodeOf(consumers[0]);
      await node.kill();
      await sleep(10_000);
      await node.start();
    });

    withstands(
      'a minority is cut off',
      async () => {
        await cluster.isolate(nodeOf(consumers[0]));
        await sleep(isWhole ? 60_000 : 20_000);
        await cluster.rejoin();
      },
      { isShort: transport === 'ttl' },
    );

    withstands(
      'a node hangs',
      async () => {
        const node = nodeOf(consumers[0]);
        node.pause();
        await sleep(90_000);
        node.resume();
      },
      // The others wait for it for a minute, and for what it has in hand for a minute more.
      { limits: { standstill: 60, held: 150 } },
    );

    withstands(
      'a rolling restart',
      async () => {
        for (const node of cluster.nodes) {
          await node.stop();
          await node.start();
        }
      },
      // Each of the three may take as long as one.
      { limits: { ...LIMITS, held: 3 * LIMITS.held } },
    );
  });
});
