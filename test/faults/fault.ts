import type { Measured } from './results.ts';
import type { Running } from './running.ts';

/** Something that goes wrong while orders flow, as data; the matrix is the list of them. */
export interface Fault {
  /** As the table of docs/reliability.md has it. */
  name: string;
  /** What a user of the system sees of it. */
  sees: string;
  /**
   * Whether the broker or the way in which retries wait can make a difference: then it is tried on each of them, else on
   * the first alone.
   */
  differs: boolean;
  /** Part of the short form. */
  isShort?: boolean;
  /** Settings of the consumers, where they are other than those of all scenarios. The table names them. */
  settings?: Record<string, string>;
  /** The same of the sources. */
  sourceSettings?: Record<string, string>;
  /** What the short form has instead of them. */
  short?: Pick<Fault, 'settings' | 'sourceSettings'>;
  /** Consumers and servers talk through a network that the fault can disturb. */
  proxied?: boolean;
  /** The handler is the treacherous one of the harness, which obeys a row's product. */
  treacherous?: boolean;
  /** No consumer runs until the fault starts one: all orders are waiting by then. */
  backlog?: boolean;
  /** Share of the orders that are settled when it happens, at least and at most; drawn between 5 % and 50 %. Or at once. */
  at?: readonly [number, number] | 'once';
  /** Rows that are inserted besides, into the first source, as `[product, price, security_check]`. */
  rows?: readonly (readonly [product: string, price: string, securityCheck: boolean])[];
  /** The broker has lost what it held; `dlq_queue` is then no mirror of the ledger any more. */
  losesTheBroker?: boolean;
  /** Does it, and resolves when it is over: when everything that was taken away is there again. */
  inflict: (running: Running) => Promise<void>;
  /** What has to hold besides the balance, when all is settled. */
  expect?: (running: Running, measured: Measured) => Promise<void> | void;
}
