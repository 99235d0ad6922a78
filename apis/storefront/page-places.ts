import type { OrderPlace } from '../../db/endput/stored-orders.ts';
import type { ProductPlace } from '../../db/endput/products.ts';
import { ApiError } from '../http/errors.ts';
import { UUID_TEXT } from './uuid.ts';

/** Where a page of results ends, as a text that its reader gives back for the next one. */
const ORDER_PLACE = new RegExp(`^([0-9]{1,19})\\.(${UUID_TEXT})$`);
const PRODUCT_PLACE = new RegExp(`^([0-9]{1,15})\\.(${UUID_TEXT})$`);

export const writeOrderPlace = ({ xid, messageId }: OrderPlace): string => `${xid}.${messageId}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readOrderPlace(text: string | undefined): OrderPlace | undefined {
  const read = readPlace(ORDER_PLACE, text);
  return read && { xid: read[0], messageId: read[1] };
}

export const writeProductPlace = ({ orders, key }: ProductPlace): string => `${orders}.${key}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readProductPlace(text: string | undefined): ProductPlace | undefined {
  const read = readPlace(PRODUCT_PLACE, text);
  return read && { orders: Number(read[0]), key: read[1] };
}

/**
 * The two parts of a place, which the groups of `pattern` find; undefined where no place is given. Throws an `ApiError` (400)
 * for a text that no page has given out.
 */
export function readPlace(pattern: RegExp, text: string | undefined): [string, string] | undefined {
  if (text === undefined) return undefined;
  const [, first, second] = pattern.exec(text) ?? [];
  if (first === undefined || second === undefined) throw noPlace();
  return [first, second];
}

/** What a reader gets whose `after` no page has given out. */
export const noPlace = () =>
  new ApiError(400, 'INVALID_REQUEST', 'query parameter "after" must be what a page before said as "next".');

const MESSAGE_ID = new RegExp(`^${UUID_TEXT}$`);

/** Whether a text is a message id. */
export const isMessageId = (text: string): boolean => MESSAGE_ID.test(text);

/** One page of rows, of which one more than asked for was read. */
export function pageOf<T>(rows: readonly T[], limit: number, write: (last: T) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? write(last) : null };
}
