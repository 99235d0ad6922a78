import { expect, test } from 'vitest';
import { expectAccessible, WIDTHS } from '../browser.ts';
import { describeDesk } from './describe-desk.ts';
import { fillLogin, group, loggedIn, operation, rows } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      test(`is accessible in ${colorScheme} at ${width} pixels with all its dialogs, and nothing runs over the side`, async () => {
        const { page, allErrors } = await desk.open({ colorScheme, viewport: { width, height: 900 } });
        const check = async (what: string) => {
          await expectAccessible(page);
          expect(await page.evaluate<number>('document.documentElement.scrollWidth'), what).toBeLessThanOrEqual(width);
          const overflowing = await page.evaluate<string[]>(
            `[...document.querySelectorAll('dialog[open] .dialog-body, .operations, .groups, #letter-list, .book')]
              .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)`,
          );
          expect([what, overflowing]).toEqual([what, []]);
        };
        await rows(page).nth(40).waitFor();
        await check('nobody is logged in');
        await page.locator('#who').getByRole('button', { name: 'Log in' }).click();
        await check('the login');
        await fillLogin(page, 'ana', 'right');
        await page.locator('#who').getByText('ana').waitFor();
        await page.getByRole('checkbox', { name: 'Choose all that are listed' }).check();
        await check('chosen');
        await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
        await page.getByText('would be sent again').waitFor();
        await check('the redrive');
        await page.getByRole('button', { name: 'Redrive 50' }).click();
        await operation(page).getByText('Stopped by its canary').waitFor();
        await check('the operation');
        await group(page, 'invalid order').getByRole('button', { name: 'invalid order' }).first().click();
        await page.locator('#filter-chips .chip').waitFor();
        await rows(page).first().locator('.letter-row').click();
        const letter = page.getByRole('dialog', { name: 'Dead letter' });
        await letter.getByText('Body', { exact: true }).click();
        await letter.getByText('Headers', { exact: true }).click();
        await check('the letter');
        await letter.getByRole('button', { name: 'Edit and redrive' }).click();
        await page.getByRole('button', { name: 'Send it again' }).click();
        await page.getByText('A positive number with at most 2 decimals, such as 12.50.').waitFor();
        await check('the edit');
        expect(allErrors()).toEqual([]);
      });
    }
  }

  test('keeps the focus where it was: rows by the keyboard, dialogs that give it back, one above the other', async () => {
    const { page } = await desk.open();
    await loggedIn(page);
    const first = rows(page).first().locator('.letter-row');
    await first.focus();
    await page.keyboard.press('Enter');
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    const discard = letter.getByRole('button', { name: 'Discard' });
    await discard.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Discard dead letters' }).waitFor();
    await page.keyboard.press('Escape');
    await letter.waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Discard');
    await page.keyboard.press('Escape');
    await letter.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement === document.querySelector(".letter-row")')).toBe(true);
    await first.click();
    await letter.waitFor();
    await page.goBack();
    await letter.waitFor({ state: 'hidden' });
  });
});
