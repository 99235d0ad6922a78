import { parse, type CsvError, type Info } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';

/** A record as the file has it: each field is text in which a character stands for a byte, and how long it was. */
export interface ParsedRecord {
  fields: string[];
  bytes: number;
}

/**
 * Our settings of csv-parse. latin1 gives a character for each byte, so that a field that is no UTF-8 can be told from
 * one that holds a replacement character. Quotes are strict: a lenient parser would join the lines between two broken
 * quotes to one row that looks sound. Lines of different ends may follow each other.
 */
const settings = (delimiter: string) => ({
  encoding: 'latin1' as const,
  delimiter,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: true,
});

/** A parser that is fed piece by piece and keeps no record itself. After a fault it can only be thrown away. */
export function createCsvParser(delimiter: string) {
  let records: ParsedRecord[] = [];
  let end = 0;
  const parser = parse({
    ...settings(delimiter),
    on_record: (fields: unknown, info: Info): null => {
      records.push({ fields: fields as string[], bytes: info.bytes - end });
      end = info.bytes;
      return null;
    },
  });
  parser.on('error', () => undefined);
  return {
    /** The records that this piece completes, and the fault that ended the reading, if any. */
    async feed(piece: Buffer, atEnd: boolean): Promise<{ records: ParsedRecord[]; fault: string | undefined }> {
      const error = await new Promise<Error | null | undefined>((resolve) => {
        parser.write(piece, (failure) => {
          if (failure || !atEnd) resolve(failure);
          else parser.once('error', resolve).end(resolve);
        });
      });
      const completed = records;
      records = [];
      if (error || atEnd) parser.destroy();
      return { records: completed, fault: error ? inWords(error) : undefined };
    },
  };
}

/** The fields of one line whose quotes are not as they should be, taken as they are; undefined where that fails too. */
export function parseLineLeniently(line: Buffer, delimiter: string): string[] | undefined {
  try {
    const [fields, ...others] = parseSync(line, { ...settings(delimiter), relax_quotes: true });
    return others.length === 0 ? fields : undefined;
  } catch {
    return undefined;
  }
}

const FAULTS = new Map([
  ['CSV_INVALID_CLOSING_QUOTE', 'a quoted field goes on after its closing quote (a quote inside one is written twice)'],
  ['CSV_QUOTE_NOT_CLOSED', 'a quote opens here and never closes'],
  ['INVALID_OPENING_QUOTE', 'a quote stands in the middle of a field that has none around it'],
]);

const inWords = (error: Error): string => FAULTS.get((error as Partial<CsvError>).code ?? '') ?? 'the row is no CSV';
