import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { numberIn } from '../browser.ts';
import { startBusyShop } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

interface Changes {
  frames: number;
  /** Rows of the list, and cards, that came within one frame of the screen. */
  mostRows: number;
  mostCards: number;
}

/** Notes how much changes in a frame. What runs in the page is given as text: this file is checked without its types. */
const NOTE_CHANGES = `
  window.changes = { frames: 0, mostRows: 0, mostCards: 0 };
  let rows = 0;
  let cards = 0;
  const count = (records) => records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
  const stream = new MutationObserver((records) => (rows += count(records)));
  stream.observe(document.querySelector('#order-stream'), { childList: true });
  const products = new MutationObserver((records) => (cards += count(records)));
  products.observe(document.querySelector('#product-cards'), { childList: true });
  const frame = () => {
    const { changes } = window;
    if (rows + cards > 0) changes.frames += 1;
    changes.mostRows = Math.max(changes.mostRows, rows);
    changes.mostCards = Math.max(changes.mostCards, cards);
    rows = cards = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

describeStorefront((shop) => {
  test('does little at once, stays small and says that it shows a sample while 20,000 attempts a second flow', async () => {
    const busy = startBusyShop(shop, 20_000);
    try {
      const { page, allErrors } = await shop.open();
      // How much a frame of the screen changes is bounded, whatever flows: how long that takes is for the bench to say.
      await page.evaluate(NOTE_CHANGES);
      await page.getByText(/^a sample: \d+ of \d[\d,]+ attempts a second$/).waitFor();
      await eventually(async () => expect(await numberIn(page, '#total-stored')).toBeGreaterThan(50_000), 120_000);
      expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(2_500);
      expect(await page.locator('#order-stream .row').count()).toBeLessThanOrEqual(40);
      const changes = () => page.evaluate<Changes>('window.changes');
      await eventually(async () => expect((await changes()).frames).toBeGreaterThan(10), 60_000);
      const { mostRows, mostCards } = await changes();
      expect(mostRows).toBeGreaterThan(0);
      expect(mostRows).toBeLessThanOrEqual(5);
      expect(mostCards).toBeLessThanOrEqual(48);
      busy.stop();
      // What was counted and what is shown are the same once it has come to rest.
      await eventually(async () => {
        const sum = (await numberIn(page, '#total-stored')) + (await numberIn(page, '#total-dead'));
        expect(sum).toBe(busy.attempts() - Math.floor(busy.attempts() / 10) + Math.floor(busy.attempts() / 100));
      });
      expect(allErrors()).toEqual([]);
    } finally {
      busy.stop();
    }
  });
});
