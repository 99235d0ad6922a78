import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepServicesFromStarting } from './service-policy.ts';

let folder: string;
let policy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-ingestion-policy-'));
  policy = join(folder, 'policy-rc.d');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('while packages are installed', () => {
  test('no service may start, and afterwards nothing is left of it', () => {
    const allow = keepServicesFromStarting(policy);
    expect(readFileSync(policy, 'utf8')).toContain('exit 101');
    expect(statSync(policy).mode & 0o111).toBe(0o111);
    allow();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a policy of the machine is set aside and put back as it was', () => {
    writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o750 });
    const allow = keepServicesFromStarting(policy);
    expect(readFileSync(policy, 'utf8')).toContain('exit 101');
    allow();
    expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    expect(statSync(policy).mode & 0o777).toBe(0o750);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('what a killed installation left is put right by the next', () => {
    writeFileSync(policy, 'the policy of the machine');
    keepServicesFromStarting(policy);
    const allow = keepServicesFromStarting(policy);
    allow();
    expect(readFileSync(policy, 'utf8')).toBe('the policy of the machine');

    rmSync(policy);
    keepServicesFromStarting(policy);
    keepServicesFromStarting(policy)();
    expect(existsSync(policy)).toBe(false);
  });
});
