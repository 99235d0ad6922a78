import { chmodSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Debian's packages ask this program whether their service may start; 101 means that it may not. */
const POLICY = '/usr/sbin/policy-rc.d';

const OURS =
  '#!/bin/sh\n# Put here by order-ingestion while it installs packages, so that no system service starts.\nexit 101\n';

/**
 * Keeps packages from starting their services until the returned function is called, which puts back what was there
 * before. What an earlier call left behind, because its process was killed, is put right first.
 */
export function keepServicesFromStarting(policy = POLICY): () => void {
  const aside = `${policy}.before-order-ingestion`;
  const restore = () => {
    if (existsSync(policy) && readFileSync(policy, 'utf8') === OURS) rmSync(policy);
    if (isThere(aside)) renameSync(aside, policy);
  };
  restore();
  if (isThere(policy)) renameSync(policy, aside);
  writeFileSync(policy, OURS);
  chmodSync(policy, 0o755);
  process.once('exit', restore);
  return () => {
    process.off('exit', restore);
    restore();
  };
}

/** Also true for a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
