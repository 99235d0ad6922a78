import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Surroundings } from '../../bench/machine.ts';

/** What was measured while something happened to a node of the cluster. Times are in seconds from the moment it happened. */
export interface ClusterMeasurement {
  fault: string;
  transport: 'ttl' | 'native';
  broker: string;
  /** Rows of both sources together that were published before, while and after. */
  orders: number;
  /** The longest time in which no order was stored. */
  standstillSeconds: number;
  /** The longest time in which fewer than half as many orders a second were stored as before, taken over 5 s each. */
  slowSeconds: number;
  /** Until every order was stored that had been inserted before it, and can be. */
  heldSeconds: number;
  surroundings: Surroundings;
}

const FILE = join(import.meta.dirname, 'results', 'cluster.json');

export const readClusterMeasurements = (): ClusterMeasurement[] =>
  existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as ClusterMeasurement[]) : [];

/** Keeps a measurement in place of the last one of the same fault with the same transport. */
export function keepClusterMeasurement(measured: ClusterMeasurement): void {
  const before = readClusterMeasurements();
  const at = before.findIndex(({ fault, transport }) => fault === measured.fault && transport === measured.transport);
  const all = at < 0 ? [...before, measured] : before.with(at, measured);
  writeFileSync(FILE, `${JSON.stringify(all, undefined, 2)}\n`);
}
