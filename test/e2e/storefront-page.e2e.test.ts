import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../local/services/free-port.ts';
import { eventually } from '../harness/eventually.ts';
import { createPrivateSystem, type PrivateSystem } from '../harness/private-system.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call } from '../harness/system.ts';
import { expectAccessible, numberIn, type OpenPage } from '../browser/browser.ts';
import { describeInChromium } from '../browser/in-chromium.ts';

/** Orders of each of two sources: 5 of 6 succeed, the others die. */
const POSITIVE = 50;
const NEGATIVE = 10;

describeInChromium('with a system behind it, the page', (chromium) => {
  let system: PrivateSystem;
  let apis: OurProcess[];
  let storefront: OurProcess;
  let opened: OpenPage | undefined;
  let port: string;

  beforeEach(async () => {
    system = await createPrivateSystem({ RETRY_DELAYS: '500ms' });
    port = String(await freePort());
    apis = await Promise.all([system.startSource(0), system.startSource(1)]);
    await system.startConsumer();
    storefront = await system.startStorefront({ STOREFRONT_HTTP_PORT: port });
    opened = await chromium.visit(`http://127.0.0.1:${port}/`);
    await opened.page.locator('#connection[data-state=live]').waitFor();
  }, 240_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      process.stderr.write(`${system.logs()}\n${opened?.allErrors().join('\n') ?? ''}\n`);
    await chromium.closePages();
    opened = undefined;
    await system.stop();
  });

  function current(): OpenPage {
    if (!opened) throw new Error('no page is open');
    return opened;
  }
  async function insertAndRun() {
    for (const api of apis) {
      await call(api, 'POST', '/v0/insert-data', { positive_inserts: POSITIVE, negative_inserts: NEGATIVE });
      expect((await call(api, 'POST', '/v0/process/run')).status).toBe(202);
    }
  }
  /** What the page shows is what endput and its ledger hold. */
  async function expectExact() {
    const books = await system.untilBalanced(120_000);
    const stored = books.reduce((sum, book) => sum + book.stored, 0);
    const dead = books.reduce((sum, book) => sum + book.dead, 0);
    const [revenue] = await system.endput<{ sum: string }>('select sum(price)::text as sum from orders');
    await eventually(async () => {
      expect(await numberIn(current().page, '#total-stored')).toBe(stored);
      expect(await numberIn(current().page, '#total-dead')).toBe(dead);
      expect(await numberIn(current().page, '#total-waiting')).toBe(0);
      const worth = await current().page.locator('#total-stored-note').innerText();
      expect(worth.replaceAll(',', '')).toBe(`worth ${Number(revenue?.sum).toFixed(2)}`);
    }, 60_000);
    return { stored, dead };
  }
  const deadLetters = () =>
    system.endput<{ message_id: string }>("select message_id from dead_letters where state = 'dead' order by 1");

  test('follows orders that are inserted and run, to exactly what endput and the ledger hold, without reload', async () => {
    const { page, allErrors } = current();
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor();
    await page.evaluate('window.wasNotReloaded = true');
    await insertAndRun();
    await page.locator('#order-stream .row[data-outcome=retrying]').first().waitFor();
    expect(await expectExact()).toEqual({ stored: POSITIVE * 2, dead: NEGATIVE * 2 });

    // A dead letter shows its reason in the list, and in its timeline each of its five attempts.
    const dead = page.locator('#order-stream .row[data-outcome=dead]').first();
    await dead.getByText('Attempts exhausted').waitFor();
    await dead.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Attempts exhausted').waitFor();
    await eventually(async () => {
      const attempts = dialog.locator('.attempt[data-record=recorded]');
      expect(await attempts.count()).toBe(5);
      expect(await attempts.locator('.attempt-error').allInnerTexts()).toEqual(
        [1, 2, 3, 4, 5].map(() => expect.stringContaining('simulated failure') as string),
      );
      expect(
        await page.evaluate(
          '[...document.querySelectorAll(".attempt[data-record=recorded]")].map((row) => row.dataset.outcome)',
        ),
      ).toEqual([...['retrying', 'retrying', 'retrying', 'retrying'], 'dead']);
    }, 60_000);
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    // The products are those of the stored orders.
    const [best] = await system.endput<{ product: string; orders: number }>(
      'select product, count(*)::int as orders from orders group by product order by orders desc, product limit 1',
    );
    await page.getByRole('searchbox', { name: 'Search products' }).fill(best?.product ?? '');
    await page
      .locator('.card', { hasText: best?.product ?? '' })
      .filter({ hasText: new RegExp(`\\b${best?.orders ?? 0} orders?`) })
      .first()
      .waitFor();
    expect(await page.evaluate('window.wasNotReloaded')).toBe(true);
    expect(allErrors()).toEqual([]);
  });

  test('recovers with right totals from a storefront that is killed while orders flow', async () => {
    const { page, errors } = current();
    await insertAndRun();
    await page.locator('#order-stream .row').first().waitFor();
    await storefront.kill();
    await page.locator('.notice', { hasText: 'The connection to the storefront is lost' }).waitFor();
    await system.untilBalanced(120_000);
    storefront = await system.startStorefront({ STOREFRONT_HTTP_PORT: port });
    await page.locator('#connection[data-state=live]').waitFor();
    await page.locator('.notice', { hasText: 'Connected again' }).waitFor();
    expect(await expectExact()).toEqual({ stored: POSITIVE * 2, dead: NEGATIVE * 2 });
    expect(errors()).toEqual([]);
  });

  test('goes on while the database of the log is away, and says that the history is not available', async () => {
    const { page, errors } = current();
    await system.servers.attemptLog.stop();
    await insertAndRun();
    await expectExact();
    const [letter] = await deadLetters();
    await page.evaluate(`location.hash = '#order=${letter?.message_id ?? ''}'`);
    await page.getByText('The attempt history is not available now').waitFor();
    await page.getByRole('dialog').getByText('Attempts exhausted').waitFor();
    await system.servers.attemptLog.start();
    await eventually(async () => {
      expect(await page.locator('.attempt[data-record=recorded]').count()).toBe(5);
    }, 120_000);
    expect(errors()).toEqual([]);
  });

  test('says that endput is away, and recovers with it', async () => {
    const { page, errors } = current();
    await insertAndRun();
    await expectExact();
    await system.servers.endput.stop();
    await page.locator('.notice', { hasText: 'Endput is away since' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search products' }).fill('product');
    await page.getByText(/^The search failed: Endput is away/).waitFor();
    await system.servers.endput.start();
    await page.locator('.notice', { hasText: 'Endput is away since' }).waitFor({ state: 'detached' });
    await insertAndRun();
    expect(await expectExact()).toEqual({ stored: POSITIVE * 4, dead: NEGATIVE * 4 });
    expect(errors()).toEqual([]);
  });
});
