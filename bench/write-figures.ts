/** `npm run bench-figures`: puts the figures of the latest whole run and size series into the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFigures } from './readme-figures.ts';
import type { BenchResult } from './result.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'results', name), 'utf8')) as BenchResult;
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), read('latest.json'), read('latest-scale.json')));
