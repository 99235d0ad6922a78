import { say } from './say.ts';
import { quantile } from './statistics.ts';

const CALLS = 50;

/** Asks a question 50 times, after once for warmth; `n` counts them. Resolves with p50 and p95 in milliseconds, and says them. */
export async function askOften(
  name: string,
  ask: (n: number) => Promise<unknown>,
): Promise<[p50: number, p95: number]> {
  await ask(0);
  const took: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const began = performance.now();
    await ask(n);
    took.push(performance.now() - began);
  }
  const [p50, p95] = [quantile(took, 0.5), quantile(took, 0.95)];
  say(`${name.padEnd(48)} p50 ${p50.toFixed(1).padStart(8)} ms  p95 ${p95.toFixed(1).padStart(8)} ms`);
  return [p50, p95];
}
