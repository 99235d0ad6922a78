import { expect } from 'vitest';
import { describeSurroundings } from '../../bench/machine.ts';
import { askChecker } from './ask-checker.ts';
import type { Fault } from './fault.ts';
import { seed } from './form.ts';
import { createRandom, seedFor } from './random.ts';
import type { Measured } from './results.ts';
import type { Rig } from './rig.ts';
import { startRunning } from './running.ts';
import type { GroundHere } from './transports.ts';

const CONSUMERS = 2;

/**
 * Lets a fault happen while orders of two sources flow through two consumers, waits until all is settled and asks the
 * checker. Resolves with what was measured, of which nothing is kept unless the books balance.
 */
export async function playThrough(rig: Rig, fault: Fault, { transport, broker }: GroundHere): Promise<Measured> {
  const random = createRandom(seedFor(seed, `${fault.name} ${transport} ${broker?.version ?? ''}`));
  const surroundings = await describeSurroundings();
  const running = await startRunning(rig, fault, transport, random);
  try {
    const consumers = fault.backlog ? [] : Array.from({ length: CONSUMERS }, () => running.addConsumer());
    await Promise.all([running.startSources(), ...consumers]);
    const { progress } = running;
    progress.begin(running.rows);
    const begunAt = Date.now();
    await running.run();
    if (fault.backlog) await running.untilPublished();
    else if (fault.at !== 'once') await running.untilSettled(random.between(...(fault.at ?? [0.05, 0.5])));

    const faultAt = Date.now();
    await fault.inflict(running);
    const overAt = Date.now();
    const settledThen = progress.settled();
    let recoveredAt: number | undefined;
    if (settledThen < running.rows) {
      await running.untilMoreSettled(1);
      recoveredAt = Date.now();
    }
    await running.untilDone();
    const doneAt = Date.now();

    const finding = await askChecker(running, { losesTheBroker: fault.losesTheBroker ?? false });
    expect(finding.deviations, 'what the checker found').toEqual({});
    expect(finding.balanced).toBe(true);
    const attempts = Object.entries(finding.attempts).reduce((sum, [times, count]) => sum + Number(times) * count, 0);
    const { redelivered, ...counters } = await progress.stop();
    const broughtAgain = redelivered - (transport === 'native' ? attempts - running.rows : 0);
    const seconds = (milliseconds: number) => Math.round(milliseconds / 100) / 10;
    const measured: Measured = {
      fault: fault.name,
      transport,
      broker: broker?.version ?? '',
      seed,
      orders: running.rows,
      seconds: seconds(doneAt - begunAt),
      faultSeconds: seconds(overAt - faultAt),
      standstillSeconds: seconds(progress.longestStandstill()),
      ...(recoveredAt !== undefined && { recoverySeconds: seconds(recoveredAt - overAt) }),
      attempts,
      ...counters,
      ...(broughtAgain >= 0 && { redelivered: broughtAgain }),
      surroundings,
    };
    await fault.expect?.(running, measured);
    return measured;
  } catch (error) {
    process.stderr.write(`${fault.name}, seed ${seed}: ${String(error)}\n${running.logs()}\n`);
    throw error;
  } finally {
    await running.progress.stop();
    await running.stop();
  }
}
