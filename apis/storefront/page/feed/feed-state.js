/** @import { Bucket, Connections, Delta, FeedProduct, Queues, Rates, Snapshot, Totals } from './frames.js' */

/** Bars of the chart: the server keeps as many. */
const MOST_BUCKETS = 150;

/** @typedef {'connections' | 'totals' | 'products' | 'attempts' | 'rates' | 'history' | 'queues'} Part */

/**
 * What the page knows of the system, kept by applying the frames of the feed in their order. Nothing here draws.
 */
export function createFeedState() {
  const state = {
    /** False until the first snapshot. */
    known: false,
    at: '',
    maxAttempts: 5,
    connections: /** @type {Connections | undefined} */ (undefined),
    totals: /** @type {Totals | null} */ (null),
    products: {
      keys: /** @type {string[]} */ ([]),
      byKey: /** @type {Map<string, FeedProduct>} */ (new Map()),
      count: 0,
    },
    rates: /** @type {Rates} */ ({
      over_seconds: 1,
      outcomes: { succeeded: 0, retrying: 0, dead: 0 },
      from_retry: 0,
      sources: [],
    }),
    bucketSeconds: 2,
    buckets: /** @type {Bucket[]} */ ([]),
    queues: /** @type {Queues} */ ({ primary_ready: null }),
  };

  /** @param {{ keys: string[], changed: FeedProduct[], count: number }} list @param {boolean} isWhole */
  function applyProducts(list, isWhole) {
    const { byKey } = state.products;
    if (isWhole) byKey.clear();
    for (const product of list.changed) byKey.set(product.key, product);
    const shown = new Set(list.keys);
    for (const key of byKey.keys()) if (!shown.has(key)) byKey.delete(key);
    state.products.keys = list.keys;
    state.products.count = list.count;
  }

  return {
    state,
    /**
     * Takes everything from a snapshot.
     * @param {Snapshot} frame
     * @returns {Set<Part>} what has changed
     */
    applySnapshot(frame) {
      state.known = true;
      state.at = frame.at;
      state.maxAttempts = frame.max_attempts;
      state.connections = frame.connections;
      state.totals = frame.totals;
      applyProducts(frame.products, true);
      state.rates = frame.rates;
      state.bucketSeconds = frame.history.bucket_seconds;
      state.buckets = frame.history.buckets.slice(-MOST_BUCKETS);
      state.queues = frame.queues;
      return new Set(['connections', 'totals', 'products', 'attempts', 'rates', 'history', 'queues']);
    },
    /**
     * Takes from a delta what it has.
     * @param {Delta} frame
     * @returns {Set<Part>} what has changed
     */
    applyDelta(frame) {
      /** @type {Set<Part>} */
      const changed = new Set();
      state.at = frame.at;
      if (frame.connections) state.connections = frame.connections;
      if (frame.totals) state.totals = frame.totals;
      if (frame.products) applyProducts(frame.products, false);
      if (frame.rates) state.rates = frame.rates;
      if (frame.queues) state.queues = frame.queues;
      if (frame.buckets) {
        state.buckets = [...state.buckets, ...frame.buckets].slice(-MOST_BUCKETS);
        changed.add('history');
      }
      for (const part of /** @type {const} */ (['connections', 'totals', 'products', 'attempts', 'rates', 'queues']))
        if (frame[part]) changed.add(part);
      return changed;
    },
  };
}
/** @typedef {ReturnType<typeof createFeedState>['state']} FeedState */
