import type { Fault } from '../fault.ts';

const HOUR = 3_600_000;

/** The clock of our processes; the servers keep the true time. */
export const CLOCK: readonly Fault[] = [
  {
    name: 'the clock of our processes is stepped: an hour ahead, then two hours back',
    sees: 'Times on record are wrong while the clock is. Nothing else.',
    differs: true,
    isShort: true,
    at: [0.05, 0.2],
    async inflict(running) {
      const step = Math.floor(running.rows / 20);
      for (const shift of [HOUR, -HOUR, 0]) {
        await running.stepClock(shift);
        await running.untilMoreSettled(step);
      }
    },
  },
];
