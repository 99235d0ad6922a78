import { expect, test } from 'vitest';
import { expectAccessible, expectNothingOver } from '../browser.ts';
import { HOSTILE } from '../hostile-names.ts';
import { ID } from '../made-up-id.ts';
import { waitingOrder } from '../made-up-orders.ts';
import { madeUpAttempt, madeUpProduct, madeUpTotals } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('shows any name as text, and its layout holds', async () => {
    shop.feed.totals(madeUpTotals({ stored: HOSTILE.length }));
    shop.feed.products({
      products: HOSTILE.map((name, index) => madeUpProduct(name, 9 - index)),
      count: HOSTILE.length,
    });
    for (const product of HOSTILE) {
      const source = product.slice(0, 60);
      shop.feed.attempt(source, 'dead', () =>
        madeUpAttempt({ product, source, price: product.slice(0, 40), outcome: 'dead', reason: product.slice(0, 200) }),
      );
    }
    const [longest = ''] = [...HOSTILE].sort((a, b) => b.length - a.length);
    shop.answers.details.set(
      ID,
      waitingOrder({
        order: { source_id: 1, product: longest, price: '<b>1</b>', created_at: '' },
        error: { kind: '<i>', message: HOSTILE.join(' ') },
        source: HOSTILE[2] ?? '',
      }),
    );
    for (const [width, colorScheme] of [
      [390, 'light'],
      [390, 'dark'],
      [1440, 'light'],
      [1440, 'dark'],
    ] as const) {
      const { page, allErrors, close } = await shop.open({ colorScheme, viewport: { width, height: 900 } });
      page.on('dialog', () => expect.unreachable('a name was run as code'));
      await page.locator('#order-stream .row').nth(4).waitFor();
      const names = await page.locator('.card-name').allInnerTexts();
      expect(names).toContain(HOSTILE[0]);
      expect(names).toContain(HOSTILE[4]);
      // Each has the direction of its own text, and disturbs nothing around it.
      const directions = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll('.card-name bdi')].map((name) => [name.textContent, getComputedStyle(name).direction])`,
      );
      for (const [name, direction] of directions)
        expect([name, direction]).toEqual([name, name === HOSTILE[2] ? 'rtl' : 'ltr']);
      expect(directions).toHaveLength(HOSTILE.length);
      expect(await page.locator('main img, main script, main b, main i[class=""] b').count()).toBe(0);
      await page.evaluate(`location.hash = '#order=${ID}'`);
      await page.locator('.order-product').waitFor();
      expect((await page.locator('.order-product').innerText()).length).toBe(10_000);
      await expectNothingOver(page, ['html', '#order-dialog .dialog-body', '#order-stream']);
      const heights = await page.evaluate<number[]>(
        '[...document.querySelectorAll(".card")].map((card) => card.scrollHeight)',
      );
      expect(Math.max(...heights)).toBeLessThanOrEqual(160);
      await expectAccessible(page);
      expect(allErrors()).toEqual([]);
      await close();
    }
  });
});
