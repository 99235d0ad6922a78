import { expect, test } from 'vitest';
import { expectAccessible, expectNothingOver } from '../browser.ts';
import { HOSTILE } from '../hostile-names.ts';
import { describeDesk } from './describe-desk.ts';
import { fillLogin } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('shows what the last sweep did, has one now, and shows who did what', async () => {
    const { page, errors } = await desk.open();
    const sweep = page.locator('#sweep');
    await sweep.getByText('None was carried through yet.').waitFor();
    const now = sweep.getByRole('button', { name: 'Sweep now' });
    expect(await now.getAttribute('aria-disabled')).toBe('true');
    for (let n = 0; n < 60; n += 1)
      desk.state.audit('', 'login_refused', { name: HOSTILE[n % HOSTILE.length], again: n });
    // Names of people are for those who are logged in.
    await page.locator('#audit').getByRole('button', { name: 'Show it' }).click();
    await fillLogin(page, 'ana', 'right');
    const audit = page.getByRole('dialog', { name: 'Audit' });
    await audit.getByText('The newest 50 entries; there are more.').waitFor();
    await expectAccessible(page);
    await audit.getByRole('button', { name: 'More' }).click();
    await audit.getByText('61 entries.', { exact: true }).waitFor();
    await expectNothingOver(page, ['dialog[open] .dialog-body']);
    await page.keyboard.press('Escape');
    await now.click();
    await sweep.getByText(/^The last one ended /).waitFor();
    await sweep.getByText('missing, put back').waitFor();
    expect(await sweep.locator('dd').allInnerTexts()).toEqual(['123', '2', '4', '1']);
    await page.locator('#audit').getByRole('button', { name: 'Show it' }).click();
    await audit.getByRole('row', { name: /ana Sweep/ }).waitFor();
    expect(errors()).toEqual([]);
  });
});
