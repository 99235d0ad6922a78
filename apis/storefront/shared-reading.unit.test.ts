import { expect, test } from 'vitest';
import { shareReading } from './shared-reading.ts';

test('a reading is done once for all who ask at the same time, and anew once it is old or has failed', async () => {
  let now = 0;
  const answers: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
  const read = shareReading(
    () => new Promise<number>((resolve, reject) => answers.push({ resolve, reject })),
    (took) => 500 - took,
    () => now,
  );
  const both = [read(), read()];
  // However long it takes.
  now = 10_000;
  both.push(read());
  expect(answers).toHaveLength(1);
  answers[0]?.resolve(1);
  expect(await Promise.all(both)).toEqual([1, 1, 1]);

  const second = read();
  expect(answers).toHaveLength(2);
  answers[1]?.resolve(2);
  expect(await second).toBe(2);
  now += 499;
  expect(await read()).toBe(2);
  now += 1;
  const failing = read();
  expect(answers).toHaveLength(3);
  answers[2]?.reject(new Error('away'));
  await expect(failing).rejects.toThrow('away');
  void read();
  expect(answers).toHaveLength(4);
});
