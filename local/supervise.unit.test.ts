import { describe, expect, test } from 'vitest';
import { eventually } from '../test/harness/eventually.ts';
import { supervise, type Runner } from './supervise.ts';

/** A part whose runners end when the test says so, and pauses that only write down how long they would be. */
function fakePart() {
  const ends: ((how: string) => void)[] = [];
  const starts = { refused: false };
  const pauses: number[] = [];
  const said: string[] = [];
  const part = {
    name: 'consumer',
    start: (started: (runner: Runner) => void) => {
      if (starts.refused) return Promise.reject(new Error('ended with exit code 1:\nits last lines'));
      let end: (how: string) => void = () => undefined;
      const exited = new Promise<string>((resolve) => (end = resolve));
      ends.push(end);
      const stop = () => {
        end('stopped');
        return Promise.resolve();
      };
      started({ exited, stop, kill: stop });
      return Promise.resolve();
    },
  };
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    // What was wrong is put right during the second pause.
    if (pauses.length === 2) starts.refused = false;
    return Promise.resolve();
  };
  const until = (count: number) => eventually(() => expect(said).toHaveLength(count), 5_000, 5);
  return { ends, starts, pauses, said, until, supervised: () => supervise(part, (text) => said.push(text), sleep) };
}

describe('a part that runs', () => {
  test('is started again when it ends, with a growing pause, and it is said', async () => {
    const { supervised, ends, said, pauses, until } = fakePart();
    const running = supervised();
    await running.ready;
    ends[0]?.('ended by SIGKILL');
    await until(2);
    ends[1]?.('ended by SIGKILL');
    await until(4);
    expect(said).toEqual([
      'consumer ended by SIGKILL; it is started again in 1 s.',
      'consumer runs again.',
      'consumer ended by SIGKILL; it is started again in 2 s.',
      'consumer runs again.',
    ]);
    expect(pauses).toEqual([1_000, 2_000]);
    await running.stop(1_000);
  });

  test('is tried again when it cannot be started again', async () => {
    const { supervised, ends, starts, said, until } = fakePart();
    const running = supervised();
    await running.ready;
    starts.refused = true;
    ends[0]?.('ended by SIGKILL');
    await until(3);
    expect(said).toEqual([
      'consumer ended by SIGKILL; it is started again in 1 s.',
      'consumer could not be started (ended with exit code 1:); it is started again in 2 s.',
      'consumer runs again.',
    ]);
    await running.stop(1_000);
  });

  test('is not started again once it was told to stop', async () => {
    const { supervised, ends, said } = fakePart();
    const running = supervised();
    await running.ready;
    await running.stop(1_000);
    expect(ends).toHaveLength(1);
    expect(said).toEqual([]);
  });

  test('is given up when it ends before it was ever ready', async () => {
    const { supervised, starts, said } = fakePart();
    starts.refused = true;
    await expect(supervised().ready).rejects.toThrow('exit code 1');
    expect(said).toEqual([]);
  });
});
