/** `npm run bench-figures`: puts the figures of the latest whole run into the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFigures } from './readme-figures.ts';
import type { BenchResult } from './result.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
const latest = join(import.meta.dirname, 'results', 'latest.json');
const result = JSON.parse(readFileSync(latest, 'utf8')) as BenchResult;
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), result));
