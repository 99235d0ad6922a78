import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RESULTS } from './latest-results.ts';
import type { Surroundings } from './machine.ts';
import { say } from './say.ts';

/** What one of the measurements around the pages has found: a table, and of what. */
export interface PageFigures {
  name: PageMeasurement;
  /** Of what: how many rows, clients, attempts a second. */
  of: string;
  surroundings: Surroundings;
  head: string[];
  /** The first cell says what was measured; numbers are in the unit that the head names. */
  rows: (string | number)[][];
}

/** The measurements, in the order in which the document shows them, with their titles. */
export const PAGE_MEASUREMENTS = {
  'page-at-rest': 'The page in a browser, nothing flows',
  'desk-page': 'The page of the desk in a browser, nothing flows',
  page: 'The page in a browser, while attempts flow',
  feed: 'The feed',
  'storefront-reading': 'What the API of the storefront answers',
  'desk-reading': 'What the API of the desk answers',
  desk: 'A redrive of one group',
} as const;
export type PageMeasurement = keyof typeof PAGE_MEASUREMENTS;

/**
 * Writes figures as JSON into `bench/results`, as the latest ones where the measurement had its standard size, else under
 * a name that is not kept.
 */
export async function writePageFigures(figures: PageFigures, isStandard: boolean): Promise<void> {
  const { name, of, surroundings, head, rows } = figures;
  const path = join(RESULTS, isStandard ? `latest-${name}.json` : `${name}-custom.json`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(
    path,
    `${JSON.stringify({ name, of, surroundings, head, rows } satisfies PageFigures, rounded, 2)}\n`,
  );
  say(`written to ${relative(process.cwd(), path)}`);
}

/** No figure is better than to a tenth. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 10) / 10 : value;

/** The latest figures of each measurement that was made. */
export const readPageFigures = (): PageFigures[] =>
  Object.keys(PAGE_MEASUREMENTS)
    .map((name) => join(RESULTS, `latest-${name}.json`))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as PageFigures);
