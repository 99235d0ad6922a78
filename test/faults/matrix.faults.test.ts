import { afterAll, beforeAll, describe, test } from 'vitest';
import { isTriedOn } from './grounds.ts';
import { isWhole, ORDERS, seed, wanted, wantedGround } from './form.ts';
import { MATRIX } from './matrix.ts';
import { keepResult } from './results.ts';
import { createRig, type Rig } from './rig.ts';
import { playThrough } from './scenario.ts';
import { groundsHere } from './transports.ts';

process.stderr.write(`Faults while ${ORDERS} orders flow; FAULT_SEED=${seed} repeats this run.\n`);

const names = MATRIX.map(({ name }) => name);

const grounds = groundsHere();
const first = grounds.find(({ broker }) => broker !== undefined);

for (const ground of grounds.filter(({ title }) => wantedGround.test(title))) {
  const faults = MATRIX.filter(
    (fault) => (isWhole || fault.isShort) && isTriedOn(fault, ground, first) && wanted.test(fault.name),
  );
  describe.skipIf(ground.broker === undefined || faults.length === 0)(ground.title, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await createRig(ground);
    }, 180_000);
    afterAll(() => rig.remove());

    test.each(faults)('every row is settled once and every attempt recorded once: $name', async (fault) => {
      const measured = await playThrough(rig, fault, ground);
      const { seconds, faultSeconds, standstillSeconds, recoverySeconds = 0 } = measured;
      process.stderr.write(
        `${fault.name}: ${measured.orders} orders in ${seconds} s, fault ${faultSeconds} s, standstill ` +
          `${standstillSeconds} s, recovered after ${recoverySeconds} s; ${measured.attempts} attempts, redelivered ` +
          `${measured.redelivered}, stale ${measured.stale}, swept ${measured.swept}\n`,
      );
      if (isWhole) keepResult(measured, names);
    });
  });
}
