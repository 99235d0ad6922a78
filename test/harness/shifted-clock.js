/**
 * Loaded before one of our processes (`node --import`), it steps the clock that the process sees: by as many milliseconds
 * as the file CLOCK_SHIFT_FILE says, and again when that changes. Timers run on, as they do when a system's clock is
 * stepped: Node counts them on a clock that no administrator sets.
 */
import { readFileSync, watchFile } from 'node:fs';

const RealDate = Date;
const file = process.env.CLOCK_SHIFT_FILE;
let shift = 0;
const read = () => {
  shift = Number(readFileSync(file, 'utf8'));
};
if (file) {
  read();
  watchFile(file, { interval: 50, persistent: false }, read);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + shift] : args, newTarget),
  apply: (target) => new target(target.now() + shift).toString(),
  get: (target, name, receiver) => (name === 'now' ? () => target.now() + shift : Reflect.get(target, name, receiver)),
});
