import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import type { Fault } from '../fault.ts';
import type { Running } from '../running.ts';

/** Of a consumer: deliveries that it takes together, see `consumer_batch_limit`. */
const FIRST_BATCH = 10;
const FULL_BATCH = 200;

const SEES =
  'Orders wait, `/health/ready` says that endput is away, no attempt is spent; afterwards batches begin at 10 and double.';

/** Endput is away as a whole. No attempt may be spent, and the load has to come back gradually. */
export const OUTAGES: readonly Fault[] = [
  {
    name: 'endput is killed, and is back after 1 s',
    sees: SEES,
    differs: false,
    async inflict(running) {
      await running.servers.endput.kill();
      await sleep(1_000);
      await running.servers.endput.start();
    },
  },
  {
    name: 'endput is stopped for longer than a batch is held',
    sees: SEES,
    differs: true,
    isShort: true,
    settings: { OUTAGE_HOLD: '2s' },
    at: [0.05, 0.2],
    inflict: (running) => stopEndput(running, 5_000),
  },
  {
    name: 'endput is stopped for 60 s',
    sees: SEES,
    differs: false,
    settings: { OUTAGE_HOLD: '60s' },
    at: [0.05, 0.2],
    inflict: (running) => stopEndput(running, 60_000),
  },
  {
    name: 'endput is stopped for 10 minutes',
    sees: SEES,
    differs: false,
    settings: { OUTAGE_HOLD: '60s' },
    at: [0.05, 0.2],
    inflict: (running) => stopEndput(running, 600_000),
  },
];

/** Stops endput for so many milliseconds, and looks whether the load rises gradually when it is back. */
async function stopEndput(running: Running, duration: number): Promise<void> {
  const { endput } = running.servers;
  const limits = () => Promise.all(running.consumers.map(readLimit));
  await eventually(async () => {
    for (const limit of await limits()) if (limit !== FULL_BATCH) throw new Error(`a consumer takes ${limit}`);
  });
  await endput.stop();
  await sleep(duration);
  for (const limit of await limits()) {
    if (limit !== FIRST_BATCH) throw new Error(`a consumer would begin with ${limit} deliveries`);
  }
  await endput.start();
}

async function readLimit({ url }: { url: string }): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^consumer_batch_limit (\d+)$/m.exec(text)?.[1]);
}
