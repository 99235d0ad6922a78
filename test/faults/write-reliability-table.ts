/** `npm run reliability-table`: puts what `make faults` has measured into docs/reliability.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClusterMeasurements } from './cluster-results.ts';
import { MATRIX } from './matrix.ts';
import { withClusterMeasurements, withMeasurements } from './reliability-table.ts';
import { readResults } from './results.ts';

const document = join(import.meta.dirname, '..', '..', 'docs', 'reliability.md');
const measured = withMeasurements(readFileSync(document, 'utf8'), readResults(), MATRIX);
writeFileSync(document, withClusterMeasurements(measured, readClusterMeasurements()));
