import { expect, test } from 'vitest';
import { expectAccessible, loadsDespite } from '../browser.ts';
import { describeDesk } from './describe-desk.ts';
import { book, loggedIn, rows } from './parts-of-the-desk.ts';

describeDesk((desk, chromium) => {
  test('is loaded again where one of its modules did not arrive', async () => {
    const context = await chromium.newContext({ locale: 'en-US' });
    try {
      const page = await context.newPage();
      expect(await loadsDespite(page, `${desk.url}/desk`, '**/view/poll.js')).toBe(2);
    } finally {
      await context.close();
    }
  });

  test('says when the storefront does not answer, keeps what it shows as old, and goes on by itself', async () => {
    const { page, errors } = await desk.open();
    desk.state.isAway = true;
    await page.locator('.notice', { hasText: /^As of .* No newer answer: Endput is away\. Try/ }).waitFor();
    await page.locator('#balance[data-stale=true]').waitFor();
    expect(await rows(page).count()).toBe(50);
    await expectAccessible(page);
    desk.state.isAway = false;
    await page.locator('#connection[data-state=live]').waitFor();
    await page.locator('#balance[data-stale=false]').waitFor();
    await page.locator('.notice', { hasText: 'No newer answer' }).waitFor({ state: 'hidden' });
    expect(errors()).toEqual([]);
  });

  test('opened while endput is away, says so, and shows everything once it is back', async () => {
    desk.state.isAway = true;
    const { page, errors } = await desk.visit();
    await page.locator('.notice', { hasText: /^This cannot be shown now: Endput is away/ }).waitFor();
    for (const place of ['#letters-state', '#groups-state', '#operations-state'])
      await page.locator(place, { hasText: 'This cannot be shown now: Endput is away.' }).waitFor();
    await expectAccessible(page);
    desk.state.isAway = false;
    await rows(page).nth(40).waitFor();
    await page.getByText('3 causes, the most frequent first').waitFor();
    await page.getByText('Nothing was ordered yet.').waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await page.getByText('This cannot be shown now').waitFor({ state: 'detached' });
    expect(errors()).toEqual([]);
  });

  test('asks again for causes that could not be had while all else could', async () => {
    desk.state.tooSlow = '/v0/dead-letters/groups';
    const { page } = await desk.open();
    await page.getByText('This cannot be shown now: Endput took too long to answer.').waitFor();
    await rows(page).nth(40).waitFor();
    desk.state.tooSlow = undefined;
    await page.getByText('3 causes, the most frequent first').waitFor();
    await page.getByText('This cannot be shown now').waitFor({ state: 'detached' });
  });

  test('says where a part of the page cannot be fetched when it is first used, and opens it once only', async () => {
    const { page, errors } = await desk.open();
    await page.route('**/desk/login-dialog.js', (route) => route.abort());
    const button = page.locator('#who').getByRole('button', { name: 'Log in' });
    await button.click();
    const failed = page.getByRole('dialog', { name: 'This is not there now' });
    await failed.getByText('A part of the page could not be fetched. Try again;').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await failed.waitFor({ state: 'hidden' });
    await page.unroute('**/desk/login-dialog.js');
    await page.reload();
    await page.locator('#letters[aria-busy=false]').waitFor();
    await loggedIn(page);
    await page.evaluate(`(() => {
      const [redrive] = document.querySelectorAll('.group button[aria-haspopup=dialog]');
      redrive.click();
      redrive.click();
    })()`);
    await page.getByText('would be sent again').first().waitFor();
    expect(await page.locator('dialog[open]').count()).toBe(1);
    expect(errors()).toEqual([]);
  });
});
