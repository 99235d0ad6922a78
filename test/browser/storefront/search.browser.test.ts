import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { HOSTILE } from '../hostile-names.ts';
import { ID } from '../made-up-id.ts';
import { storedOrder } from '../made-up-orders.ts';
import { madeUpProduct, madeUpTotals } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('searches products and orders, and goes back to what is live', async () => {
    shop.fill();
    shop.answers.products = [madeUpProduct('Rare vase', 1)];
    shop.answers.orders = [storedOrder('Rare vase', { message_id: ID })];
    const { page, allErrors } = await shop.open();
    await page.getByRole('searchbox', { name: 'Search products' }).fill('vase');
    await page.getByText('1 product found').waitFor();
    await page.getByRole('button', { name: 'Rare vase' }).click();
    await page.getByText('1 order found').waitFor();
    await expectAccessible(page);
    const orders = page.getByRole('searchbox', { name: 'Search orders' });
    await orders.fill('system_2#7');
    await page.locator('#order-found').getByText('3/5', { exact: true }).waitFor();
    await orders.fill('nothing');
    await page.getByText('No stored order matches “nothing”.').waitFor();
    await orders.press('Escape');
    await page.locator('#order-stream .row').first().waitFor();
    await page.getByRole('searchbox', { name: 'Search products' }).fill('');
    await page.getByRole('button', { name: 'Oak desk' }).waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('shows the orders of exactly the product that was clicked, whatever its name is', async () => {
    const names = ['Product 228', 'Product 2280', 'Lamp#5', ...HOSTILE];
    shop.feed.totals(madeUpTotals({ stored: names.length }));
    shop.feed.products({ products: names.map((name) => madeUpProduct(name, 1)), count: names.length });
    shop.answers.orders = names.map((name) => storedOrder(name));
    const { page, allErrors } = await shop.open();
    const cards = page.locator('#product-cards .card-name');
    await cards.nth(names.length - 1).waitFor();
    for (const [index, name] of names.entries()) {
      await cards.nth(index).click();
      const found = page.locator('#order-found .row');
      await page.locator('#orders-state', { hasText: '1 order found' }).waitFor();
      expect(await found.count()).toBe(1);
      expect(await found.locator('.row-product').textContent()).toBe(name);
      await page.getByRole('searchbox', { name: 'Search orders' }).press('Escape');
      await page.locator('#order-results').waitFor({ state: 'hidden' });
    }
    // Words that somebody wrote are words, also those that a click wrote before.
    await cards.first().click();
    await page.locator('#orders-state', { hasText: '1 order found' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search orders' }).press('End');
    shop.answers.leftOut = ['older_orders'];
    await page.keyboard.type('0');
    await page.getByText('Of products with many orders only the last ones are listed.').waitFor();
    await page.keyboard.press('Backspace');
    await eventually(async () => expect(await page.locator('#order-found .row').count()).toBe(2));
    await expectAccessible(page);
    expect(allErrors()).toEqual([]);
  });
});
