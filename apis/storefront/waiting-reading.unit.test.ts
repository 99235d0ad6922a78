import { expect, test } from 'vitest';
import { createWaitingReading } from './waiting-reading.ts';

test('a thousand who ask at once share one reading, and after it none is read for twenty times as long', async () => {
  let now = 0;
  let readings = 0;
  const reading = createWaitingReading(
    () => {
      readings += 1;
      now += 1_000;
      return Promise.resolve([{ source: 'system_1', retries: readings }]);
    },
    () => now,
  );
  const askAll = async () => new Set((await Promise.all(Array.from({ length: 1_000 }, reading))).flat());
  expect([...(await askAll())]).toEqual([{ source: 'system_1', retries: 1 }]);
  now += 19_999;
  expect([...(await askAll())]).toEqual([{ source: 'system_1', retries: 1 }]);
  now += 1;
  expect([...(await askAll())]).toEqual([{ source: 'system_1', retries: 2 }]);
  expect(readings).toBe(2);
});

test('a reading that fails is not kept', async () => {
  let isAway = true;
  const reading = createWaitingReading(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([])));
  await expect(reading()).rejects.toThrow('away');
  isAway = false;
  expect(await reading()).toEqual([]);
});
