import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { describeDesk } from './describe-desk.ts';
import { book, fillLogin, group, loggedIn, logIn, rows } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('shows what nobody and a viewer cannot do, and says why', async () => {
    const { page } = await desk.open();
    const redrive = page.locator('#letter-actions').getByRole('button', { name: 'Redrive' });
    await page.getByText('Only an operator can change something: log in first.').waitFor();
    expect(await redrive.getAttribute('aria-disabled')).toBe('true');
    expect(await redrive.getAttribute('aria-description')).toContain('log in first');
    await redrive.click({ force: true });
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await logIn(page, 'vito', 'wrong');
    await page.getByText('Name or password is wrong.').waitFor();
    await fillLogin(page, 'vito', 'right');
    await page.getByText('You are logged in as a viewer: only an operator can change something.').waitFor();
    expect(await redrive.getAttribute('aria-description')).toContain('viewer');
    await page.reload();
    await page.locator('#who').getByText('vito').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('Only an operator can change something: log in first.').waitFor();
    await loggedIn(page);
    expect(await redrive.getAttribute('aria-description')).toBe('Choose some dead letters first.');
    await page.getByText('Choose all that fit (120)').click();
    await page.getByText('All 120 that fit are chosen.').waitFor();
    expect(await redrive.getAttribute('aria-disabled')).toBeNull();
    await rows(page).first().getByRole('checkbox').uncheck();
    await page.getByText('49 chosen.').waitFor();
  });

  test('asks for the login again when the session ended in mid-work, and loses nothing that was typed', async () => {
    const { page, errors } = await desk.open();
    await loggedIn(page);
    await group(page, 'out of range').getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard dead letters' });
    await dialog.getByLabel('Reason').fill('ids beyond all bounds');
    desk.login.endAllSessions();
    await dialog.getByRole('button', { name: 'Discard 30' }).click();
    await page.getByText('You are not logged in any more.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByText(/^Not ordered: /).waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('ids beyond all bounds');
    await dialog.getByRole('button', { name: 'Discard 30' }).click();
    await fillLogin(page, 'ana', 'right');
    await page.locator('.notice', { hasText: '30 are discarded.' }).waitFor();
    expect(desk.state.operations.map(({ shown }) => shown.comment)).toEqual(['ids beyond all bounds']);
    expect(errors()).toEqual([]);
  });

  test('renews the session while somebody uses the page, and says when it has ended', async () => {
    desk.login.options.lifetime = 21;
    const { page, allErrors } = await desk.open();
    await loggedIn(page);
    await eventually(async () => {
      await page.keyboard.press('Shift');
      expect(desk.login.counts.renewals).toBeGreaterThan(0);
    }, 60_000);
    await page.locator('.notice', { hasText: 'Your session has ended.' }).waitFor();
    expect(allErrors()).toEqual([]);
  });

  test.each([
    ['20 minutes ahead', 1_200_000],
    ['20 minutes behind', -1_200_000],
  ])('stays logged in over a reload where the clock of the browser is %s', async (_what, off) => {
    const { page, allErrors } = await desk.open();
    await page.addInitScript(`const now = Date.now; Date.now = () => now() + ${off};`);
    await page.reload();
    await loggedIn(page);
    await page.reload();
    await page.locator('#who').getByText('ana').waitFor();
    await page.locator('#connection[data-state=live]').waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(await page.locator('#who').getByText('ana').count()).toBe(1);
    expect(allErrors()).toEqual([]);
  });

  test('asks whoever may not read for the login, and shows all after it', async () => {
    desk.state.needsLoginToRead = true;
    const { page, errors } = await desk.visit();
    const notice = page.locator('.notice', { hasText: 'Only who is logged in can read the desk' });
    await notice.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'vito', 'right');
    await rows(page).first().waitFor();
    await notice.waitFor({ state: 'hidden' });
    expect(errors()).toEqual([]);
  });
});
