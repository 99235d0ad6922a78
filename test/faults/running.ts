import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { queryOnce } from '../harness/databases.ts';
import { eventually } from '../harness/eventually.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call, createSystem } from '../harness/system.ts';
import { callManagement } from '../harness/management.ts';
import { startTcpProxy, through } from '../harness/tcp-proxy.ts';
import type { Fault } from './fault.ts';
import { isWhole, ORDERS } from './form.ts';
import { watchProgress } from './progress.ts';
import type { Random } from './random.ts';
import type { Rig } from './rig.ts';
import type { TransportName } from './grounds.ts';

/** Of ten orders one never succeeds. */
const NEGATIVE_SHARE = 0.1;
/** Milliseconds for what may take long on a machine that is shared. */
const PATIENCE = 300_000;

/** Settings of every scenario. A process that the broker does not hear from is given up after 6 s. */
const SETTINGS = {
  RETRY_DELAYS: '500ms',
  ATTEMPT_LOG_TTL: '24h',
  RABBITMQ_HEARTBEAT: '3',
  OUTAGE_HOLD: '5s',
  SWEEP_INTERVAL: '1s',
  SWEEP_OVERDUE: '5s',
};

/** A system through which orders of two sources flow, and what a fault may do to it. */
export async function startRunning(rig: Rig, fault: Fault, transport: TransportName, random: Random) {
  const urls = await rig.renew();
  const { servers } = rig;
  const proxies = fault.proxied
    ? {
        broker: await startTcpProxy(servers.rabbitmq.port),
        endput: await startTcpProxy(servers.endput.port),
      }
    : undefined;
  const clockFile = join(inject('services').folder, `clock-${servers.endput.port}`);
  const stepClock = (milliseconds: number) => writeFile(clockFile, String(milliseconds));
  await stepClock(0);
  const system = createSystem(urls, { ...SETTINGS, CLOCK_SHIFT_FILE: clockFile });
  const consumers: OurProcess[] = [];
  const apis: OurProcess[] = [];
  const own = isWhole ? fault : { ...fault, ...fault.short };
  const settings = {
    RETRY_TRANSPORT: transport,
    ...(proxies && {
      RABBITMQ_URL: through(proxies.broker, urls.rabbitmq),
      ENDPUT_DATABASE_URL: through(proxies.endput, urls.endput),
    }),
    ...own.settings,
  };

  const self = {
    ...system,
    servers,
    random,
    apis,
    consumers,
    /** The network between consumers and servers. */
    network: () => {
      if (!proxies) throw new Error(`${fault.name} must be proxied`);
      return proxies;
    },
    /** Steps the clock of our processes, to so many milliseconds from the true time. */
    stepClock,
    progress: watchProgress({ endput: urls.endput, managementUrl: servers.rabbitmq.managementUrl }, () => consumers),
    /** Rows of both sources. */
    rows: 0,
    /** Resolves with another consumer; without `waits`, before it is ready. */
    async addConsumer(waits = true): Promise<OurProcess> {
      const consumer = await (fault.treacherous
        ? system.startTreacherousConsumer(settings, waits)
        : system.startConsumer(settings, waits));
      consumers.push(consumer);
      return consumer;
    },
    startSource: (index: number): Promise<OurProcess> => system.startSource(index, own.sourceSettings),
    async startSources(): Promise<void> {
      apis.push(...(await Promise.all([0, 1].map((index) => self.startSource(index)))));
      const insertMadeUp = async (): Promise<void> => {
        const half = ORDERS / apis.length / 2;
        const negative = Math.round(half * NEGATIVE_SHARE);
        for (const api of apis) {
          const inserts = { positive_inserts: half - negative, negative_inserts: negative };
          const { status } = await call(api, 'POST', '/v0/insert-data', inserts);
          if (status !== 201) throw new Error(`insert-data answered ${status}`);
        }
      };
      // The fault's own rows stand in the middle.
      await insertMadeUp();
      for (const row of fault.rows ?? []) await self.insertRow(...row);
      await insertMadeUp();
      self.rows += ORDERS;
    },
    /** Inserts a row into the first source. */
    insertRow: async (product: string, price: string, securityCheck: boolean): Promise<void> => {
      const insert = 'insert into orders (product, price, security_check) values ($1, $2, $3)';
      await queryOnce(urls.sources[0] ?? '', insert, [product, price, securityCheck]);
      self.rows += 1;
    },
    /** Orders a run of each source. */
    async run(): Promise<void> {
      await Promise.all(apis.map((api) => self.runSource(api)));
    },
    /** Orders a run, however long one that was cut off keeps its lease. */
    runSource: (api: OurProcess): Promise<void> =>
      eventually(async () => {
        const { status } = await call(api, 'POST', '/v0/process/run');
        if (status !== 202) throw new Error(`run answered ${status}`);
      }, 60_000),
    /** Resolves when every row is published; a run that gave up is ordered again. */
    untilPublished: (): Promise<void> =>
      eventually(
        async () => {
          for (const api of apis) {
            const { body } = await call(api, 'GET', '/v0/process');
            const { state, unpublished } = body as { state: string; unpublished: number };
            if (state === 'running') throw new Error('a run is under way');
            if (unpublished === 0) continue;
            await call(api, 'POST', '/v0/process/run');
            throw new Error(`${unpublished} rows are unpublished, the run is ${state}`);
          }
        },
        PATIENCE,
        250,
      ),
    /** Resolves when this share of all rows is settled. */
    untilSettled: (share: number): Promise<void> =>
      self.progress.until(Math.max(1, Math.floor(self.rows * share)), PATIENCE),
    /** Resolves when so many more are settled than now. */
    untilMoreSettled: (count: number): Promise<void> =>
      self.progress.until(Math.min(self.rows, self.progress.settled() + count), PATIENCE),
    /** Resolves when every row is stored or dead, nothing waits, and every attempt is in the log. */
    async untilDone(): Promise<void> {
      await self.untilPublished();
      await system.untilBalanced(PATIENCE);
      await eventually(
        async () => {
          // In hand counts too: copies that a consumer has yet to recognise, and records.
          for (const queue of ['primary_queue', 'attempt_log']) {
            const found = await callManagement(servers.rabbitmq.managementUrl, `/queues/%2F/${queue}`);
            const { messages } = found as { messages?: number };
            if (messages !== 0) throw new Error(`${messages ?? 'nobody knows how many'} messages are in ${queue}`);
          }
        },
        PATIENCE,
        250,
      );
    },
    async stop(): Promise<void> {
      await system.stop();
      await Promise.all([proxies?.broker.close(), proxies?.endput.close()]);
    },
  };
  return self;
}
export type Running = Awaited<ReturnType<typeof startRunning>>;
