/**
 * How the suite runs. `make test` takes the short form: few orders, the faults that can be had in seconds, one transport.
 * `make faults` takes the whole: 20,000 orders, every fault, every transport and broker that is there.
 */
export const isWhole = process.env.FAULTS === 'whole';

/** Orders of both sources together that flow during a fault. */
export const ORDERS = Number(process.env.FAULT_ORDERS ?? (isWhole ? 20_000 : 1_200));

/** Of this all times follow. Printed with the results; FAULT_SEED repeats a run. */
export const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Only faults whose name, and grounds whose title, match: regular expressions such as `FAULT="endput is"`. */
export const wanted = new RegExp(process.env.FAULT ?? '');
export const wantedGround = new RegExp(process.env.FAULT_GROUND ?? '');
