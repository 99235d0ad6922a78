import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isForgotten } from '../test/harness/garbage.ts';
import { follow, unlessAborted } from './abort.ts';

describe('a signal that follows others', () => {
  test('is aborted with the first of them, with its reason', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const { signal } = follow(first.signal, second.signal);
    expect(signal.aborted).toBe(false);
    second.abort('second');
    first.abort('first');
    expect(signal).toMatchObject({ aborted: true, reason: 'second' });
  });

  test('is aborted where one of them is', () => {
    expect(follow(new AbortController().signal, AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  test('hears nothing after its release, and is forgotten with all that listens to it', async () => {
    const longLived = new AbortController();
    const work = () => {
      const { signal, release } = follow(longLived.signal);
      signal.addEventListener('abort', () => undefined);
      release();
      return signal;
    };
    const released = work();
    const reference = new WeakRef(work());
    expect(getEventListeners(longLived.signal, 'abort')).toEqual([]);
    expect(await isForgotten(reference)).toBe(true);
    longLived.abort();
    expect(released.aborted).toBe(false);
  });
});

describe('work unless aborted', () => {
  const never = new Promise<never>(() => undefined);

  test('ends as the work does', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  test('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const working = unlessAborted(never, controller.signal);
    controller.abort(new Error('enough'));
    await expect(working).rejects.toThrow('enough');
    await expect(unlessAborted(never, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    await expect(unlessAborted(never, AbortSignal.abort('a text'))).rejects.toThrow('aborted');
  });

  test('leaves neither listener nor result behind', async () => {
    const { signal } = new AbortController();
    const work = async () => {
      const result = await unlessAborted(Promise.resolve({ rows: 1 }), signal);
      return new WeakRef(result);
    };
    const reference = await work();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(await isForgotten(reference)).toBe(true);
  });
});
