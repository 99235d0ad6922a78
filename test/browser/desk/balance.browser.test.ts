import { expect, test } from 'vitest';
import { expectAccessible } from '../browser.ts';
import { describeDesk } from './describe-desk.ts';
import { book } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('shows in red what the balance does not account for, and lists those rows', async () => {
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_500, missing: 3 });
    const { page, allErrors } = await desk.open();
    const link = book(page, 'system_2').getByRole('button', { name: '3 rows are unaccounted for' });
    await link.click();
    const dialog = page.getByRole('dialog', { name: 'Unaccounted rows of system_2' });
    await dialog.getByText('3 found; all 3,543 rows were looked at.').waitFor();
    expect(await dialog.locator('tbody tr').count()).toBe(3);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_500, missing: 0 });
    await book(page, 'system_2').getByText('Comes out exactly').waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('says what the balance waits for while a long transaction keeps orders from being counted', async () => {
    desk.state.heldBackSince = new Date();
    const { page, allErrors } = await desk.open();
    await page.getByText(/^Since .* a long transaction keeps new orders from being counted/).waitFor();
    await book(page, 'system_1').getByText('Something is under way').waitFor();
    desk.state.heldBackSince = undefined;
    await page.getByText(/^All is quiet/).waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('says of rows that are gone what can be said: how many, and that they cannot be listed', async () => {
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_502, missing: 0 });
    const { page, allErrors } = await desk.open();
    const tooMany = book(page, 'system_2').getByRole('button', { name: '2 more are settled than there are rows' });
    await tooMany.waitFor();
    expect(await book(page, 'system_2').getAttribute('data-verdict')).toBe('unaccounted');
    expect(await book(page, 'system_2').locator('dd').allInnerTexts()).toEqual(['0', '0', '3,502', '40', '0']);
    await tooMany.click();
    const dialog = page.getByRole('dialog', { name: 'Unaccounted rows of system_2' });
    await dialog
      .getByText(/^2 orders more are settled than the source has rows: .* What is gone cannot be listed/)
      .waitFor();
    await dialog.getByText('There are none: all 3,540 rows that the source has are accounted for.').waitFor();
    expect(await dialog.locator('tbody tr').count()).toBe(0);
    expect(allErrors()).toEqual([]);
  });
});
