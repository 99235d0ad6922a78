import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withPageFigures } from './page-figures-document.ts';
import { readPageFigures, type PageFigures } from './page-figures.ts';

test('docs/figures.md has the latest figures in bench/results; npm run page-figures writes them', () => {
  const document = readFileSync('docs/figures.md', 'utf8');
  expect(document).toBe(withPageFigures(document, readPageFigures()));
});

test('figures are shown with what they are of and where they were measured, and those that are missing are named', () => {
  const figures: PageFigures = {
    ...{
      name: 'storefront-reading',
      of: '10,000,000 orders',
      head: ['question', 'p50 ms'],
      rows: [['newest', 1234.56]],
    },
    surroundings: {
      ...{ date: '2026-01-02T03:04:05.000Z', commit: 'abc1234', cores: 2, cpu: 'some CPU', memoryGigabytes: 8 },
      ...{ system: 'linux', node: '20.20.2', loadBefore: 0.25 },
    },
  };
  const document = withPageFigures('before <!-- measured -->\n\nold\n\n<!-- /measured --> after', [figures]);
  expect(document).toContain('Of 10,000,000 orders. Measured on 2026-01-02 at commit abc1234 with 2 cores');
  expect(document).toContain('| question | p50 ms |\n| --- | --- |\n| newest | 1,234.6 |');
  expect(document).toContain(
    'Not measured yet: The page in a browser, nothing flows; The page of the desk in a browser, nothing flows; The page in a browser, while attempts flow; The feed; What the API of the desk answers',
  );
  expect(document).not.toContain('old');
  expect(() => withPageFigures('nothing', [])).toThrow(RangeError);
});
