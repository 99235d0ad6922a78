/** `npm run page-figures`: puts the latest figures of the pages into docs/figures.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPageFigures } from './page-figures-document.ts';
import { readPageFigures } from './page-figures.ts';

const document = join(import.meta.dirname, '..', 'docs', 'figures.md');
writeFileSync(document, withPageFigures(readFileSync(document, 'utf8'), readPageFigures()));
