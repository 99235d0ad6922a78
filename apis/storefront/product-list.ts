import { FEED_NAME_LENGTH, type ProductList } from './feed-messages.ts';
import type { Product } from './shown.ts';

/** The products to be shown, best sold first, and how many there are in all. */
export interface ProductTop {
  products: readonly Product[];
  count: number;
}

type Shown = ProductList['changed'][number];

/** The list of products of the feed: tells what has changed since it was last taken. */
export function createProductList() {
  let shown = new Map<string, Shown>();
  let count = 0;
  let noted: ProductTop | undefined;
  return {
    note(top: ProductTop): void {
      noted = top;
    },
    /** What has changed since the last call; undefined where nothing has. */
    take(): ProductList | undefined {
      if (noted === undefined) return undefined;
      const next = new Map(noted.products.map((product) => [product.key, shownOf(product)]));
      const changed = [...next.values()].filter((product) => !isSame(product, shown.get(product.key)));
      const keys = [...next.keys()];
      const isMoved = keys.join() !== [...shown.keys()].join();
      const isOther = changed.length > 0 || isMoved || noted.count !== count;
      shown = next;
      count = noted.count;
      noted = undefined;
      return isOther ? { keys, changed, count } : undefined;
    },
    /** The whole list as of the last `take`. */
    whole: (): ProductList => ({ keys: [...shown.keys()], changed: [...shown.values()], count }),
  };
}

function isSame(product: Shown, known: Shown | undefined): boolean {
  return (
    known !== undefined &&
    product.orders === known.orders &&
    product.revenue === known.revenue &&
    product.last_price === known.last_price &&
    product.last_stored_at === known.last_stored_at
  );
}

function shownOf(product: Product): Shown {
  const name = shortened(product.product);
  return { ...product, product: name, truncated: name !== product.product };
}

const graphemes = new Intl.Segmenter();

/** A text as the feed carries it: at most `FEED_NAME_LENGTH` UTF-16 units, cut between what a reader sees as characters. */
export function shortened(text: string): string {
  if (text.length <= FEED_NAME_LENGTH) return text;
  const start = text.slice(0, FEED_NAME_LENGTH);
  // The last character may go on beyond the cut, unless it is all that there is.
  const last = graphemes.segment(text.slice(0, 2 * FEED_NAME_LENGTH)).containing(FEED_NAME_LENGTH)?.index ?? 0;
  return (last > 0 ? start.slice(0, last) : start).toWellFormed();
}
