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
  if (text === undefined) return undefined;
  const [, xid, messageId] = ORDER_PLACE.exec(text) ?? [];
  if (xid === undefined || messageId === undefined) throw noPlace();
  return { xid, messageId };
}

export const writeProductPlace = ({ orders, key }: ProductPlace): string => `${orders}.${key}`;

/** Throws an `ApiError` (400) for a text that no page has given out. */
export function readProductPlace(text: string | undefined): ProductPlace | undefined {
  if (text === undefined) return undefined;
  const [, orders, key] = PRODUCT_PLACE.exec(text) ?? [];
  if (orders === undefined || key === undefined) throw noPlace();
  return { orders: Number(orders), key };
}

/** What a reader gets whose `after` no page has given out. */
export const noPlace = () =>
  new ApiError(400, 'INVALID_REQUEST', 'query parameter "after" must be what a page before said as "next".');

/** Whether a text is a message id. */
export const isMessageId = (text: string): boolean => new RegExp(`^${UUID_TEXT}$`).test(text);

/** One page of rows, of which one more than asked for was read. */
export function pageOf<T>(rows: readonly T[], limit: number, write: (last: T) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? write(last) : null };
}
