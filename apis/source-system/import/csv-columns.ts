import { shown, UnreadableFileError, type ColumnNames, type RawRow, type RejectedRow } from './imported-row.ts';

/** One record of a CSV file, each character of a field standing for a byte. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/**
 * Finds the wanted columns in the header; the function that it returns picks them from a record. Throws an
 * `UnreadableFileError` that names the columns of the file where one is missing, or where the header is no text.
 */
export function selectColumns(header: CsvRecord, columns: ColumnNames): (record: CsvRecord) => RawRow | RejectedRow {
  const names = header.fields.map((field) => decode(field)?.trim());
  if (names.some((name) => name === undefined || /[\x00-\x08\x0e-\x1f]/.test(name))) {
    throw new UnreadableFileError('the first line is no UTF-8 text: this does not look like a CSV file');
  }
  const find = (name: string): number => {
    const index = names.indexOf(name);
    if (index === -1) throw new UnreadableFileError(unknownColumn(name, names));
    if (names.includes(name, index + 1)) {
      throw new UnreadableFileError(`the file has more than one column ${shown(name)}`);
    }
    return index;
  };
  const optional = (name: string | undefined) => (name === undefined ? undefined : find(name));
  const at = {
    product: find(columns.product),
    price: find(columns.price),
    securityCheck: optional(columns.securityCheck),
    createdAt: optional(columns.createdAt),
  };
  return ({ line, fields }) => {
    if (fields.length !== names.length) {
      return { line, reason: `the row has ${fields.length} columns, the header names ${names.length}` };
    }
    const product = decode(fields[at.product]);
    if (product === undefined) return { line, reason: 'the product is not UTF-8' };
    return {
      line,
      product,
      // Only shown if it is no ASCII: then it is no number.
      price: decode(fields[at.price]) ?? 'not UTF-8',
      securityCheck: at.securityCheck === undefined ? true : fields[at.securityCheck],
      createdAt: at.createdAt === undefined ? null : fields[at.createdAt],
    };
  };
}

/** What to say where a file has no column of this name. */
export function unknownColumn(name: string, names: readonly (string | undefined)[]): string {
  const known = names.slice(0, 30).map(shown).join(', ');
  const more = names.length > 30 ? ` and ${names.length - 30} more` : '';
  return (
    `the file has no column ${shown(name)}; it has ${known}${more}. ` +
    'The query parameters product, price, security_check and created_at name the columns, delimiter what separates them'
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a field whose characters stand for bytes; undefined where they are no UTF-8. */
function decode(field: string | undefined): string | undefined {
  if (field === undefined || /^[\x00-\x7f]*$/.test(field)) return field;
  try {
    return utf8.decode(Buffer.from(field, 'latin1'));
  } catch {
    return undefined;
  }
}
