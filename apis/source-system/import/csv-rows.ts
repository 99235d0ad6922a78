import { selectColumns, type CsvRecord } from './csv-columns.ts';
import { createCsvParser, parseLineLeniently } from './csv-parser.ts';
import { UnreadableFileError, type ColumnNames, type RejectedRow, type RowReader } from './imported-row.ts';

/** Bytes of one record at most. A quote that never closes makes a record of the rest of the file. */
const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * Reads the rows of a CSV file (RFC 4180, UTF-8, a header line first) in constant memory. A quote where none may be
 * spoils one line only: that line is tried alone, with its quotes as they are (`5" nail`), and if that does not help it
 * is reported; reading goes on with the line after it. Throws an `UnreadableFileError` where the header is missing, is
 * no text, or lacks a column.
 */
export async function* readCsvRows(source: AsyncIterable<Buffer>, columns: ColumnNames, delimiter: string): RowReader {
  /** What is not read yet: from the end of the last record on. */
  let rest: Buffer = Buffer.alloc(0);
  /** 1-based line at which `rest` begins. */
  let line = 1;
  let parser = createCsvParser(delimiter);
  /** Bytes of `rest` that the parser has. */
  let fed = 0;
  let toRow: ReturnType<typeof selectColumns> | undefined;
  /** A broken quote on the line before: what follows may be the other half of its field. */
  let afterBrokenQuote = false;
  /** Inside a line that was too long, and is dropped until it ends. */
  let dropping = false;

  const consume = (bytes: number): Buffer => {
    const consumed = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    line += countLines(consumed);
    return consumed;
  };
  const accept = (record: CsvRecord) => {
    if (toRow !== undefined) return toRow(record);
    toRow = selectColumns(record, columns);
    return undefined;
  };

  /** Reads what can be read of `rest`, which at the end of the file is all of it. */
  async function read(atEnd: boolean) {
    const rows: (ReturnType<NonNullable<typeof toRow>> | RejectedRow)[] = [];
    for (;;) {
      const { records, fault } = await parser.feed(rest.subarray(fed), atEnd);
      fed = rest.length;
      for (const { fields, bytes } of records) {
        const skipped = leadingLineEnds(rest);
        const row = accept({ line: line + countLines(rest.subarray(0, skipped)), fields });
        if (row !== undefined) rows.push(row);
        consume(bytes);
        fed -= bytes;
        afterBrokenQuote = false;
      }
      const tooLong = fault === undefined && rest.length > MAX_RECORD_BYTES;
      if (fault === undefined && !tooLong) return rows;
      if (toRow === undefined) throw new UnreadableFileError(`the header line cannot be read: ${fault ?? TOO_LONG}`);

      consume(leadingLineEnds(rest));
      parser = createCsvParser(delimiter);
      fed = 0;
      const { length, ended } = lineLength(rest);
      // The end of the line at fault is still to come: it is looked at again, as a whole, with the next chunk.
      if (!ended && !atEnd && rest.length <= MAX_RECORD_BYTES) return rows;
      const first = line;
      const alone = ended || atEnd ? rest.subarray(0, length) : undefined;
      const fields = alone && !afterBrokenQuote && !tooLong ? parseLineLeniently(alone, delimiter) : undefined;
      const row = fields && toRow({ line: first, fields });
      if (row !== undefined && !('reason' in row)) rows.push(row);
      else {
        rows.push({ line: first, reason: fault ?? TOO_LONG });
        afterBrokenQuote = true;
      }
      consume(length);
      dropping = !ended && !atEnd;
      if (dropping || (atEnd && rest.length === 0)) return rows;
    }
  }

  let isFirst = true;
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (isFirst) {
      if (rest.length < 3) continue;
      rest = withoutByteOrderMark(rest);
      isFirst = false;
    }
    if (dropping) {
      const { length, ended } = lineLength(rest);
      consume(length);
      dropping = !ended;
      if (dropping) continue;
    }
    yield await read(false);
  }
  if (isFirst) rest = withoutByteOrderMark(rest);
  if (!dropping) yield await read(true);
  if (toRow === undefined)
    throw new UnreadableFileError('the file is empty: a header line with column names is needed');
}

const TOO_LONG = `the row has more than ${MAX_RECORD_BYTES} bytes: a quote that never closes, or no CSV`;
const LF = 0x0a;
const CR = 0x0d;

/** Bytes of the empty lines at the beginning. */
function leadingLineEnds(bytes: Buffer): number {
  let length = 0;
  while (bytes[length] === LF || bytes[length] === CR) length += 1;
  return length;
}

/** Bytes of the first line with its end; all of them where it does not end here. */
function lineLength(bytes: Buffer): { length: number; ended: boolean } {
  const end = bytes.findIndex((byte) => byte === LF || byte === CR);
  if (end === -1) return { length: bytes.length, ended: false };
  // The other half of a CR LF may be still to come.
  if (bytes[end] === CR && end + 1 === bytes.length) return { length: end, ended: false };
  return { length: bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1, ended: true };
}

/** Line ends in these bytes: LF, CR LF, or CR alone. */
function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) lines += 1;
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) if (bytes[at + 1] !== LF) lines += 1;
  return lines;
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new UnreadableFileError('the file is UTF-16: save it as UTF-8');
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
