import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { ID } from '../made-up-id.ts';
import { waitingOrder } from '../made-up-orders.ts';
import { madeUpAttempt, madeUpTotals } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('opens an order from its address, counts down, follows it, and gives the focus back', async () => {
    shop.fill();
    shop.answers.details.set(ID, waitingOrder());
    const { page } = await shop.open({}, `/#order=${ID}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Waiting for a retry').waitFor();
    await dialog.getByText(/^in (9|10) min\.$/).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('order-dialog-title');
    shop.feed.attempt('system_1', 'dead', () => madeUpAttempt({ message_id: ID, attempt: 2, outcome: 'dead' }));
    await dialog.getByText('Attempts exhausted').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    // The browser tells the page of the closing a moment later.
    await eventually(async () => expect(await page.evaluate('location.hash')).toBe(''));
    // The list moves on while the dialog is open: the focus goes back to this very row, wherever it is then.
    const row = page.locator('#order-stream .row').first();
    await row.focus();
    await page.evaluate('void (window.chosen = document.activeElement)');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement === window.chosen')).toBe(true);
    await row.click();
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: 'hidden' });
  });

  test('says of a history whether the log is away or has forgotten it, and that an order is not known', async () => {
    shop.feed.totals(madeUpTotals({ stored: 1 }));
    const [attempt] = waitingOrder().timeline;
    if (!attempt) throw new Error('no attempt');
    const bare = { ...attempt, at: null, duration_ms: null, info: null, error: null, consumer: null };
    shop.answers.details.set(
      ID,
      waitingOrder({ history: 'unavailable', timeline: [{ ...bare, record: 'unavailable' as const }] }),
    );
    const { page } = await shop.open({}, `/#order=${ID}`);
    await page.getByText('The attempt history is not available now').waitFor();
    await page.getByText('The log does not answer now.').waitFor();
    // It asks again by itself.
    shop.answers.details.set(
      ID,
      waitingOrder({ history: 'expired', timeline: [{ ...bare, record: 'expired' as const }] }),
    );
    await page.getByText('Expired from the log.').waitFor();
    await expectAccessible(page);
    shop.answers.details.delete(ID);
    await page.reload();
    await page.getByText('Neither endput nor the attempt log knows a message with this id').waitFor();
  });
});
