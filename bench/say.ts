/** A line of progress. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with thousands separators. */
export const inWords = (value: number): string => format.format(value);
