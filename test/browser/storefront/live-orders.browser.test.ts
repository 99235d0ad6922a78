import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible, numberIn } from '../browser.ts';
import { ID } from '../made-up-id.ts';
import { waitingOrder } from '../made-up-orders.ts';
import { madeUpAttempt, madeUpTotals } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('tells who has no orders how to load the sample, and goes on without reload once there are some', async () => {
    shop.feed.totals(madeUpTotals());
    const { page, allErrors } = await shop.open();
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor();
    expect(await page.locator('.command code').innerText()).toBe('make sample');
    await expectAccessible(page);
    shop.fill();
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'White mug' }).first().waitFor();
    expect(await numberIn(page, '#total-stored')).toBe(280);
    expect(allErrors()).toEqual([]);
  });

  test('notifies of new orders, many as one, until that is switched off', async () => {
    shop.fill();
    const { page } = await shop.open();
    const stored = (times: number) => {
      for (let n = 0; n < times; n += 1)
        shop.feed.attempt('system_1', 'succeeded', () => madeUpAttempt({ product: 'Kettle', message_id: `${ID}${n}` }));
    };
    stored(1);
    await page.locator('.toast', { hasText: 'New order' }).waitFor();
    stored(500);
    await page.locator('.toast', { hasText: /50[0-9] new orders/ }).waitFor();
    await page.getByRole('button', { name: 'Notifications of new orders' }).click();
    await page.locator('.toast').waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('#connection[data-state=live]').waitFor();
    stored(3);
    await page.locator('#order-stream .row', { hasText: 'Kettle' }).first().waitFor();
    expect(await page.locator('.toast').count()).toBe(0);
  });

  test('holds the list while it is asked to, and counts what waits', async () => {
    shop.fill();
    const { page } = await shop.open();
    await page.locator('#order-stream .row').nth(2).waitFor();
    await page.getByRole('button', { name: 'Hold the list' }).click();
    for (let n = 0; n < 7; n += 1)
      shop.feed.attempt('system_1', 'succeeded', () => madeUpAttempt({ product: 'Kettle' }));
    await page.getByText('held, 7 new attempts wait').waitFor();
    expect(await page.locator('#order-stream .row', { hasText: 'Kettle' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Hold the list' }).click();
    // None of them is lost, and the list says so.
    await eventually(async () =>
      expect(await page.locator('#order-stream .row', { hasText: 'Kettle' }).count()).toBe(7),
    );
    await page.getByText('every attempt, newest first').waitFor();
  });

  test('shows every attempt of a burst, a few at a time', async () => {
    shop.fill();
    const { page } = await shop.open();
    await page.locator('#order-stream .row').nth(2).waitFor();
    for (let n = 0; n < 17; n += 1)
      shop.feed.attempt('system_1', 'succeeded', () => madeUpAttempt({ product: 'Kettle' }));
    await eventually(async () =>
      expect(await page.locator('#order-stream .row', { hasText: 'Kettle' }).count()).toBe(17),
    );
    expect(await page.locator('#orders-note').innerText()).toBe('every attempt, newest first');
  });

  test('goes on after an order was clicked and closed, and holds the list for the keyboard', async () => {
    shop.fill();
    shop.answers.details.set(ID, waitingOrder());
    const { page } = await shop.open();
    const kettles = page.locator('#order-stream .row', { hasText: 'Kettle' });
    let cycle = 0;
    const kettle = () => {
      cycle += 1;
      shop.feed.attempt('system_1', 'succeeded', () => madeUpAttempt({ product: 'Kettle', message_id: ID, cycle }));
    };
    for (const close of ['Escape', 'click']) {
      await page.locator('#order-stream .row').first().click();
      await page.getByRole('dialog').getByText('Waiting for a retry').waitFor();
      if (close === 'Escape') await page.keyboard.press('Escape');
      else await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await page.mouse.move(5, 5);
      const before = await kettles.count();
      kettle();
      await eventually(async () => expect(await kettles.count()).toBe(before + 1));
    }
    await page.getByRole('searchbox', { name: 'Search orders' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.matches("#order-stream .row")')).toBe(true);
    kettle();
    await page.getByText('held, 1 new attempt waits').waitFor();
    expect(await kettles.count()).toBe(2);
  });
});
