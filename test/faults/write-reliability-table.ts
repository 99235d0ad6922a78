/** `npm run reliability-table`: puts what `make faults` has measured into docs/reliability.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MATRIX } from './matrix.ts';
import { withMeasurements } from './reliability-table.ts';
import { readResults } from './results.ts';

const document = join(import.meta.dirname, '..', '..', 'docs', 'reliability.md');
const names = MATRIX.map(({ name }) => name);
writeFileSync(document, withMeasurements(readFileSync(document, 'utf8'), readResults(), names));
