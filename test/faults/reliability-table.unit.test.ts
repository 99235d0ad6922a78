import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readClusterMeasurements } from './cluster-results.ts';
import { MATRIX } from './matrix.ts';
import { withClusterMeasurements, withMeasurements } from './reliability-table.ts';
import { readResults } from './results.ts';

const document = readFileSync('docs/reliability.md', 'utf8');
const results = readResults();
const names = MATRIX.map(({ name }) => name);

describe('docs/reliability.md', () => {
  it('says what make faults has measured, and nothing else; npm run reliability-table writes it', () => {
    expect(document).toBe(withMeasurements(document, results, MATRIX));
    for (const { attempts } of results) expect(document).toContain(`, ${attempts.toLocaleString('en')} attempts;`);
  });

  it('says what was measured on a cluster', () => {
    const measured = readClusterMeasurements();
    expect(document).toBe(withClusterMeasurements(document, measured));
    for (const { fault, heldSeconds } of measured) {
      expect(document).toMatch(new RegExp(`^\\| ${fault} \\|.* ${heldSeconds} s \\|$`, 'm'));
    }
  });

  it('has no fault that the suite does not know, and says which of them were not measured', () => {
    expect(results.filter(({ fault }) => !names.includes(fault))).toEqual([]);
    for (const name of names) expect(document).toContain(name);
  });

  it('says of each fault with which settings of its own, and what a user sees, as the suite has it now', () => {
    const wiped = document.split('\n').find((line) => line.startsWith('| the data directory of RabbitMQ is deleted'));
    expect(wiped).toMatch(/^\| [^|]+ \(with `RETRY_DELAYS` 30s\) \| [^|]+ \| Clear and run each source: /);
    for (const { name, sees, settings, sourceSettings } of MATRIX) {
      const row = document.split('\n').find((line) => line.startsWith(`| ${name} `));
      if (!row) continue;
      expect(row).toContain(`| ${sees} |`);
      for (const setting of Object.keys({ ...settings, ...sourceSettings })) expect(row).toContain(`\`${setting}\` `);
    }
  });

  it('is refused without a place for what was measured', () => {
    expect(() => withMeasurements('# nothing', results, MATRIX)).toThrow(RangeError);
    expect(() => withClusterMeasurements('# nothing', readClusterMeasurements())).toThrow(RangeError);
  });
});

it('no two faults have the same name', () => {
  expect(new Set(names).size).toBe(names.length);
});
