/** `npm run bench-figures`: puts the figures of the latest whole run and size series into the README. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFigures } from './readme-figures.ts';
import type { BenchResult } from './result.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
const read = (name: string) => {
  const path = join(import.meta.dirname, 'results', name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as BenchResult) : undefined;
};
const latest = read('latest.json');
if (latest === undefined) throw new Error('there is no whole run yet: make bench writes one');
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), latest, read('latest-scale.json')));
