/** Milliseconds that a notification stays, and in which further orders are added to it instead of a new one. */
const STAYS = 5_000;
/** Notifications at once; more than these become one that counts. */
const MOST = 3;

/**
 * @typedef {{ messageId: string, product: string | null, price: string | null }} NewOrder
 * @typedef {{ id: number, count: number, order: NewOrder | undefined, until: number }} Notification
 */

/**
 * Groups the notifications of new orders: up to three that come slowly are shown each, faster ones as one that counts. Time
 * is given, in milliseconds.
 */
export function createNotificationGroups() {
  /** @type {Notification[]} */
  let shown = [];
  let lastId = 0;

  /** @param {number} now */
  function expire(now) {
    shown = shown.filter(({ until }) => until > now);
    return shown;
  }

  return {
    /** What is to be seen now, oldest first. */
    at: expire,
    clear() {
      shown = [];
    },
    /**
     * @param {readonly NewOrder[]} orders those that are known, newest first
     * @param {number} of how many orders there are
     * @param {number} now
     */
    add(orders, of, now) {
      if (of === 0) return;
      expire(now);
      const until = now + STAYS;
      const last = shown.at(-1);
      const isGroup = last !== undefined && last.count > 1;
      if (!isGroup && of <= orders.length && shown.length + of <= MOST) {
        for (const order of [...orders].slice(0, of).reverse()) {
          lastId += 1;
          shown = [...shown, { id: lastId, count: 1, order, until }];
        }
        return;
      }
      // They come fast: one notification for all that are still to be seen.
      const before = shown.reduce((sum, { count }) => sum + count, 0);
      if (!isGroup) lastId += 1;
      shown = [{ id: lastId, count: before + of, order: orders[0] ?? last?.order, until }];
    },
  };
}
