import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withFigures } from './readme-figures.ts';
import type { BenchResult } from './result.ts';

const readme = readFileSync('README.md', 'utf8');
const read = (name: string) => JSON.parse(readFileSync(`bench/results/${name}.json`, 'utf8')) as BenchResult;
const latest = read('latest');
const scale = existsSync('bench/results/latest-scale.json') ? read('latest-scale') : undefined;

describe('the figures of the README', () => {
  it('are those of the latest run in bench/results; npm run bench-figures writes them', () => {
    expect(readme).toBe(withFigures(readme, latest, scale));
    const flow = latest.scenarios.find(({ scenario }) => scenario === 'flow');
    expect(readme).toContain(`| ${Math.round(flow?.ordersPerSecond ?? 0).toLocaleString('en')} | `);
  });

  it('are refused by a README without a place for them', () => {
    expect(() => withFigures('# nothing', latest, scale)).toThrow(RangeError);
  });
});
