import { expect, test } from 'vitest';
import { expectAccessible, WIDTHS } from '../browser.ts';
import { ID } from '../made-up-id.ts';
import { waitingOrder } from '../made-up-orders.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      test(`is accessible in ${colorScheme} at ${width} pixels, its dialog too, and nothing runs over the side`, async () => {
        shop.fill();
        shop.answers.details.set(ID, waitingOrder());
        const { page, allErrors } = await shop.open({ colorScheme, viewport: { width, height: 900 } });
        await page.locator('#order-stream .row').first().waitFor();
        await expectAccessible(page);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await page.locator('#order-stream .row').first().click();
        await page.getByText('simulated failure: succeeds at attempt 2').waitFor();
        await expectAccessible(page);
        expect(allErrors()).toEqual([]);
      });
    }
  }
});
