import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { processingTimes } from './simulated-failures.ts';

const simulation = { enabled: true, maxAttempts: 5 };

describe('the simulated failures of a row', () => {
  it('are the same whenever it is published', () => {
    const messageId = randomUUID();
    const first = processingTimes({ messageId, securityCheck: true }, simulation);
    expect(processingTimes({ messageId, securityCheck: true }, simulation)).toBe(first);
  });
  it('end at one of the allowed attempts where its security check passed, each about as often', () => {
    const counts = new Map<number, number>();
    for (let n = 0; n < 10_000; n += 1) {
      const times = processingTimes({ messageId: randomUUID(), securityCheck: true }, simulation);
      counts.set(times, (counts.get(times) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(1_700);
  });
  it('never end where its security check did not pass', () => {
    expect(processingTimes({ messageId: randomUUID(), securityCheck: false }, simulation)).toBe(6);
  });
  it('do not exist when they are switched off', () => {
    const off = { enabled: false, maxAttempts: 5 };
    expect(processingTimes({ messageId: randomUUID(), securityCheck: false }, off)).toBe(1);
  });
});
