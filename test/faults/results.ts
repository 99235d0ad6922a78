import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Surroundings } from '../../bench/machine.ts';

/** What was measured while one fault was inflicted. Times are in seconds. */
export interface Measured {
  fault: string;
  transport: string;
  broker: string;
  seed: number;
  orders: number;
  /** From the order to run to the last row settled and recorded. */
  seconds: number;
  /** How long the fault lasted, that is until what was taken away was there again. */
  faultSeconds: number;
  /** The longest time in which no order was settled. */
  standstillSeconds: number;
  /** From the end of the fault to the next order settled; missing where all were settled by then. */
  recoverySeconds?: number;
  /** Attempts on record; the checker has compared them with what each row demands. */
  attempts: number;
  /**
   * Messages that the broker brought again; with transport native, besides those that it brought as retries. Missing where the
   * broker had forgotten its count: it was restarted.
   */
  redelivered?: number;
  /** Copies that were recognised and acknowledged without effect. */
  stale: number;
  /** Retries that the sweeper brought back. */
  swept: number;
  surroundings: Surroundings;
}

const RESULTS_FILE = join(import.meta.dirname, 'results', 'latest.json');

export const readResults = (): Measured[] =>
  existsSync(RESULTS_FILE) ? (JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as Measured[]) : [];

/**
 * Keeps what was measured in place of what was measured before of the same fault on the same ground, in the order in which
 * `faults` names them; what it does not name is dropped.
 */
export function keepResult(measured: Measured, faults: readonly string[]): void {
  const all = [...readResults().filter((one) => keyOf(one) !== keyOf(measured)), measured];
  const sorted = faults.flatMap((name) =>
    all.filter(({ fault }) => fault === name).sort((a, b) => (groundOf(a) < groundOf(b) ? -1 : 1)),
  );
  mkdirSync(dirname(RESULTS_FILE), { recursive: true });
  writeFileSync(RESULTS_FILE, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

const groundOf = ({ transport, broker }: Measured) => `${broker.padStart(8)} ${transport}`;
const keyOf = (one: Measured) => `${one.fault} ${groundOf(one)}`;
