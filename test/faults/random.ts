/** Numbers that look random and come again from the same seed (mulberry32): a failure can be repeated. */
export function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** At least `from`, below `to`. */
    between: (from: number, to: number): number => from + next() * (to - from),
    /** True with this probability. */
    chance: (probability: number): boolean => next() < probability,
    /** One of these. */
    oneOf<T>(values: readonly [T, ...T[]]): T {
      return values[Math.floor(next() * values.length)] ?? values[0];
    },
  };
}
export type Random = ReturnType<typeof createRandom>;

/** A seed of its own for each name, so that a fault happens at the same times whether it runs alone or among others. */
export function seedFor(seed: number, name: string): number {
  let mixed = seed >>> 0;
  for (const byte of Buffer.from(name)) mixed = Math.imul(mixed ^ byte, 16_777_619) >>> 0;
  return mixed;
}
