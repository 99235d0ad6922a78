import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible, loadsDespite, numberIn } from '../browser.ts';
import { madeUpTotals } from '../made-up-shop.ts';
import { describeStorefront } from './describe-storefront.ts';

const noticeOf = (page: Page, words: RegExp) => page.locator('.notice', { hasText: words });

describeStorefront((shop, chromium) => {
  test('says that endput or the broker is away, and when it is back', async () => {
    shop.fill();
    const { page } = await shop.open();
    shop.feed.connection('endput', 'away', Date.now());
    await noticeOf(page, /^Endput is away since/).waitFor();
    shop.feed.connection('broker', 'away', Date.now());
    await noticeOf(page, /^The broker is away since/).waitFor();
    await expectAccessible(page);
    expect(await numberIn(page, '#total-stored')).toBe(280);
    shop.feed.connection('endput', 'up', Date.now());
    shop.feed.connection('broker', 'up', Date.now());
    await noticeOf(page, /is away/)
      .first()
      .waitFor({ state: 'hidden' });
  });

  test('says that the connection is lost, comes back by itself, and tells what it missed', async () => {
    shop.fill();
    const { page, errors } = await shop.open();
    await eventually(async () => expect(await numberIn(page, '#total-stored')).toBe(280));
    await shop.stop();
    await noticeOf(page, /^The connection to the storefront is lost/).waitFor();
    await page.getByText(/Trying again in \d+ s/).waitFor();
    await expectAccessible(page);
    await shop.startAgain();
    shop.feed.connection('endput', 'up', Date.now());
    shop.feed.totals(madeUpTotals({ stored: 300, dead: 4 }));
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await noticeOf(page, /^Connected again after .* Meanwhile: 20 orders stored, 1 dead letter\./).waitFor();
    expect(await numberIn(page, '#total-stored')).toBe(300);
    expect(await numberIn(page, '#total-dead')).toBe(4);
    expect(errors()).toEqual([]);
  });

  test('says that the feed cannot be reached where it never could, and goes on once it can', async () => {
    await shop.stop();
    await shop.startAgain({ maxClients: 0 });
    const { page, errors } = await shop.visit();
    const notice = noticeOf(page, /^The feed cannot be reached/);
    await notice.getByText(/Trying again in \d+ s/).waitFor();
    await expectAccessible(page);
    await shop.stop();
    await shop.startAgain();
    shop.fill();
    await notice
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await notice.waitFor({ state: 'detached' });
    await eventually(async () => expect(await numberIn(page, '#total-stored')).toBe(280));
    await page.locator('#flow[aria-busy=false]').waitFor();
    expect(await noticeOf(page, /Connected again/).count()).toBe(0);
    expect(errors()).toEqual([]);
  });

  test('is loaded again where one of its modules did not arrive', async () => {
    shop.fill();
    const context = await chromium.newContext({ locale: 'en-US' });
    try {
      const page = await context.newPage();
      expect(await loadsDespite(page, `${shop.url}/`, '**/view/render-loop.js')).toBe(2);
    } finally {
      await context.close();
    }
  });
});
