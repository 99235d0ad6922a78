import type { NewOrder } from '../../../db/source/orders.ts';
import { MAX_PRODUCT_LENGTH } from '../../../rabbitmq/order-message.ts';

/** Names of the columns that are imported; without a name every row gets the preset value. */
export interface ColumnNames {
  product: string;
  price: string;
  /** Preset: true. */
  securityCheck: string | undefined;
  /** Preset: now. */
  createdAt: string | undefined;
}

/** The values of one row as its file has them: text from CSV, any JSON value from NDJSON. */
export interface RawRow {
  /** 1-based line of the file on which the row begins. */
  line: number;
  product: unknown;
  price: unknown;
  securityCheck: unknown;
  createdAt: unknown;
}

/** A row that cannot be read; the others go in. */
export interface RejectedRow {
  line: number;
  reason: string;
}

/** The file as a whole cannot be imported. Nothing of it is in the database. */
export class UnreadableFileError extends Error {
  readonly code = 'IMPORT_UNREADABLE';
  override readonly name = 'UnreadableFileError';
}

/** What a reader of a file format yields, a few rows at a time. */
export type RowReader = AsyncGenerator<(RawRow | RejectedRow)[], void, undefined>;

/**
 * Turns the values of a row into an order, or says why they cannot be one. Only what cannot be stored is refused: an
 * empty product or a price of -1.234 is dirty, and legal in a source.
 */
export function toNewOrder(row: RawRow): NewOrder | string {
  const product = readProduct(row.product);
  if ('fault' in product) return product.fault;
  const price = readPrice(row.price);
  if ('fault' in price) return price.fault;
  const securityCheck = readBoolean(row.securityCheck);
  if (securityCheck === undefined) return `security_check ${shown(row.securityCheck)} is neither true nor false`;
  const createdAt = readTime(row.createdAt);
  if (typeof createdAt === 'object') return createdAt.fault;
  return { product: product.text, price: price.text, securityCheck, createdAt };
}

type Text = { text: string } | { fault: string };

function readProduct(value: unknown): Text {
  if (value === undefined) return { fault: 'the product is missing' };
  if (typeof value !== 'string') return { fault: `product ${shown(value)} is no text` };
  const text = value.trim();
  if (text.includes('\0')) return { fault: 'the product has a NUL character in it' };
  if (/\p{Surrogate}/u.test(text)) return { fault: 'the product has half a character (a lone surrogate) in it' };
  // Characters as Postgres counts them: code points. There are never more of them than UTF-16 units.
  if (text.length > MAX_PRODUCT_LENGTH && Array.from(text).length > MAX_PRODUCT_LENGTH) {
    return { fault: `the product has more than ${MAX_PRODUCT_LENGTH} characters` };
  }
  return { text };
}

/** Digits and exponent are bounded to what no price has and every database takes. */
const DECIMAL = /^[+-]?(?:\d{1,100}(?:\.\d{0,100})?|\.\d{1,100})(?:[eE][+-]?\d{1,2})?$/;

function readPrice(value: unknown): Text {
  if (value === undefined || value === null || value === '') return { fault: 'the price is missing' };
  if (typeof value !== 'string') return { fault: `price ${shown(value)} is no number` };
  const text = value.trim();
  if (DECIMAL.test(text)) return { text };
  return { fault: `price ${shown(value)} is no number such as 12.50` };
}

const BOOLEANS = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return BOOLEANS.get(String(value).trim().toLowerCase());
}

const ISO_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?\s*(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/i;

/** Checked here to the last digit, so that no row can make the statement of its 5,000 neighbours fail. */
function readTime(value: unknown): string | undefined | { fault: string } {
  // Where no column is named, readers give null, and the row gets the time of its insertion.
  if (value === null) return undefined;
  const parts = typeof value === 'string' ? ISO_TIME.exec(value.trim()) : null;
  if (parts === null) return { fault: `created_at ${shown(value)} is no time such as 2024-01-16T17:51:41Z` };
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', sign, hours, minutes] = parts;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const parsed = new Date(`${local}Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(local);
  const zoneExists = Number(hours ?? 0) <= 15 && Number(minutes ?? 0) <= 59;
  // A day from either end, so that no zone leads out of the years 1 to 9999.
  const inRange = parsed.getTime() > EARLIEST && parsed.getTime() < LATEST;
  if (!exists || !zoneExists || !inRange) return { fault: `created_at ${shown(value)} is a time that does not exist` };
  return `${local}${fraction.slice(0, 7)}${sign === undefined ? 'Z' : `${sign}${hours ?? '00'}:${minutes ?? '00'}`}`;
}
const EARLIEST = new Date('0001-01-02T00:00:00Z').getTime();
const LATEST = new Date('9999-12-31T00:00:00Z').getTime();

/** A value in a message for a person: short, and without characters that would disturb it. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
