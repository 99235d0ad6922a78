import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { readMetrics, untilNotReady } from '../consumer-says.ts';
import type { Fault } from '../fault.ts';
import type { Running } from '../running.ts';

/** Of a consumer: deliveries that it takes together, see `consumer_batch_limit`. */
const FIRST_BATCH = 10;
const FULL_BATCH = 200;

/** Endput is away as a whole. No attempt may be spent, and the load has to come back gradually. */
export const OUTAGES: readonly Fault[] = [
  outage({
    name: 'endput is killed, and is back after 1 s',
    differs: false,
    takeAway: async ({ servers: { endput } }) => {
      await endput.kill();
      await sleep(1_000);
    },
  }),
  outage({
    name: 'endput is stopped for longer than a batch is held',
    differs: true,
    isShort: true,
    settings: { OUTAGE_HOLD: '2s' },
    at: [0.05, 0.2],
    takeAway: (running) => stopEndput(running, 5_000),
  }),
  outage({
    name: 'endput is stopped for 60 s',
    differs: false,
    settings: { OUTAGE_HOLD: '60s' },
    at: [0.05, 0.2],
    takeAway: (running) => stopEndput(running, 60_000),
  }),
  outage({
    name: 'endput is stopped for 10 minutes',
    differs: false,
    settings: { OUTAGE_HOLD: '60s' },
    at: [0.05, 0.2],
    takeAway: (running) => stopEndput(running, 600_000),
  }),
];

type Outage = Omit<Fault, 'sees' | 'inflict' | 'expect'> & {
  /** Resolves when endput has been away for long enough, and still is. */
  takeAway: (running: Running) => Promise<void>;
};

/** A fault for which endput is taken away, with a look at what the consumers say of it and how the load comes back. */
function outage({ takeAway, ...fault }: Outage): Fault {
  let rise: Promise<void> | undefined;
  return {
    ...fault,
    sees: 'Orders wait, `/health/ready` says that endput is away, no attempt is spent; afterwards batches begin at 10 and double.',
    inflict: async (running) => {
      await untilAllTake(running, FULL_BATCH);
      await takeAway(running);
      await untilNotReady(running, /^endput/);
      await untilAllTake(running, FIRST_BATCH);
      // The time of the fault ends with it, so nobody waits here for the load to be back.
      rise = watchRise(running);
      rise.catch(() => undefined);
      await running.servers.endput.start();
    },
    expect: () => rise,
  };
}

async function stopEndput({ servers: { endput } }: Running, duration: number): Promise<void> {
  await endput.stop();
  await sleep(duration);
}

const untilAllTake = ({ consumers }: Running, wanted: number): Promise<void> =>
  eventually(async () => {
    for (const { limit } of await Promise.all(consumers.map(readLoad))) {
      if (limit !== wanted) throw new Error(`a consumer takes batches of ${limit}, not of ${wanted}`);
    }
  });

/** What a consumer has done so far, and how much it takes at once now. */
async function readLoad(consumer: { url: string }) {
  const metric = await readMetrics(consumer);
  return {
    attempts: metric('consumer_attempts_total'),
    batches: metric('consumer_batch_duration_seconds_count'),
    limit: metric('consumer_batch_limit'),
  };
}

/** Milliseconds for a consumer to come to full batches, its back-off and the start of endput included. */
const PATIENCE = 120_000;

/**
 * Looks, from while endput is away until one of the consumers takes full batches again, whether any of them settles more than
 * batches can hold that begin at 10 and double. The limit itself doubles within milliseconds, so a look could miss it;
 * attempts and batches are counted, and a bound on them holds whenever one looks.
 */
async function watchRise({ consumers }: Running): Promise<void> {
  const before = await Promise.all(consumers.map(readLoad));
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    const now = await Promise.all(consumers.map(readLoad));
    for (const [index, { attempts, batches }] of now.entries()) {
      const [more, taken] = [attempts - (before[index]?.attempts ?? 0), batches - (before[index]?.batches ?? 0)];
      if (more > mostIn(taken)) throw new Error(`a consumer settled ${more} attempts in the first ${taken} batches`);
    }
    if (now.some(({ limit }) => limit === FULL_BATCH)) return;
    await sleep(20);
  }
  throw new Error(`no consumer took full batches ${PATIENCE} ms after the outage`);
}

/**
 * Attempts that so many batches after an outage may hold. Two full ones are from before it: the one that was held, and one
 * whose consequences were not published yet.
 */
function mostIn(batches: number): number {
  let most = 2 * FULL_BATCH;
  for (let n = 0; n < batches; n += 1) most += Math.min(FIRST_BATCH * 2 ** n, FULL_BATCH);
  return most;
}
