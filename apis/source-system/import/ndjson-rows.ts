import { unknownColumn } from './csv-columns.ts';
import {
  shown,
  UnreadableFileError,
  type ColumnNames,
  type RawRow,
  type RejectedRow,
  type RowReader,
} from './imported-row.ts';

/** Bytes of one line at most. */
const MAX_LINE_BYTES = 1024 * 1024;
const LF = 0x0a;

/**
 * Reads the rows of an NDJSON file (a JSON object a line, UTF-8) in constant memory; a line that is none is reported and
 * reading goes on. Throws an `UnreadableFileError` where the first object lacks a column: its name is then wrong.
 */
export async function* readNdjsonRows(source: AsyncIterable<Buffer>, columns: ColumnNames): RowReader {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  let dropping = false;
  let columnsSeen = false as boolean;

  const read = (bytes: Buffer): RawRow | RejectedRow | undefined => {
    line += 1;
    const parsed = parseLine(bytes, line);
    if (parsed === undefined || 'reason' in parsed) return parsed;
    if (!columnsSeen) requireColumns(parsed.object, columns);
    columnsSeen = true;
    return pickColumns(line, parsed, columns);
  };

  for await (const chunk of source) {
    const rows: (RawRow | RejectedRow)[] = [];
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(LF); end !== -1; end = rest.indexOf(LF)) {
      const row = dropping ? undefined : read(rest.subarray(0, end));
      dropping = false;
      if (row !== undefined) rows.push(row);
      rest = rest.subarray(end + 1);
    }
    if (!dropping && rest.length > MAX_LINE_BYTES) {
      line += 1;
      rows.push({ line, reason: `the line has more than ${MAX_LINE_BYTES} bytes` });
      dropping = true;
    }
    if (dropping) rest = Buffer.alloc(0);
    if (rows.length > 0) yield rows;
  }
  const last = dropping || rest.length === 0 ? undefined : read(rest);
  if (last !== undefined) yield [last];
  if (!columnsSeen) throw new UnreadableFileError('no line of the file is a JSON object');
}

type ParsedLine = { object: Record<string, unknown>; text: string };

/** It also takes a byte order mark off. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseLine(bytes: Buffer, line: number): ParsedLine | RejectedRow | undefined {
  let text: string;
  try {
    text = utf8.decode(bytes).trim();
  } catch {
    return { line, reason: 'the line is not UTF-8' };
  }
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { object: value as Record<string, unknown>, text };
    }
    return { line, reason: 'the line is no JSON object' };
  } catch {
    return { line, reason: 'the line is not JSON' };
  }
}

const valueOf = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function requireColumns(object: Record<string, unknown>, columns: ColumnNames): void {
  for (const name of Object.values(columns) as (string | undefined)[]) {
    if (name !== undefined && !Object.hasOwn(object, name)) {
      throw new UnreadableFileError(unknownColumn(name, Object.keys(object)));
    }
  }
}

function pickColumns(line: number, parsed: ParsedLine, columns: ColumnNames): RawRow | RejectedRow {
  const { object } = parsed;
  const price = valueOf(object, columns.price);
  if (typeof price === 'number' && !isWrittenExactly(price, parsed.text)) {
    return { line, reason: `price ${shown(price)} is not exact as a JSON number: write it as a string` };
  }
  return {
    line,
    product: valueOf(object, columns.product),
    price: typeof price === 'number' ? String(price) : price,
    securityCheck: columns.securityCheck === undefined ? true : valueOf(object, columns.securityCheck),
    createdAt: columns.createdAt === undefined ? null : (valueOf(object, columns.createdAt) ?? ''),
  };
}

/**
 * Money never passes through a float that changes it: a JSON number is taken only where the line has it in the digits
 * that the float prints (with trailing zeros, perhaps).
 */
function isWrittenExactly(number: number, text: string): boolean {
  const printed = String(number);
  if (printed.includes('e') || Math.abs(number) >= 1e15) return false;
  const zeros = printed.includes('.') ? '0*' : '(?:\\.0+)?';
  return new RegExp(`(?<![\\d.])${printed.replace('.', '\\.')}${zeros}(?![\\d.eE])`).test(text);
}
