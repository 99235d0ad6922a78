/** `npm run bench-figures`: puts the figures of the latest whole runs and size series into the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLatest } from './latest-results.ts';
import { withFigures } from './readme-figures.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), readLatest()));
