import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../apis/http/errors.ts';
import type { OrderDetails, StoredOrder } from '../../apis/storefront/order-answers.ts';
import { eventually } from '../harness/eventually.ts';
import {
  CHROMIUM,
  expectAccessible,
  loadsDespite,
  numberIn,
  openPage,
  startBrowser,
  type OpenPage,
} from './browser.ts';
import { HOSTILE } from './hostile-names.ts';
import { madeUpAttempt, madeUpProduct, madeUpTotals, startBusyShop } from './made-up-shop.ts';
import { startMadeUpStorefront, type MadeUpStorefront } from './made-up-storefront.ts';

const WIDTHS = [390, 1440];
const ID = '08d0382e-8681-58ff-a43e-12f9d167641c';

interface Changes {
  frames: number;
  /** Rows of the list, and cards, that came within one frame of the screen. */
  mostRows: number;
  mostCards: number;
}

/** Notes how much changes in a frame. What runs in the page is given as text: this file is checked without its types. */
const NOTE_CHANGES = `
  window.changes = { frames: 0, mostRows: 0, mostCards: 0 };
  let rows = 0;
  let cards = 0;
  const count = (records) => records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
  const stream = new MutationObserver((records) => (rows += count(records)));
  stream.observe(document.querySelector('#order-stream'), { childList: true });
  const products = new MutationObserver((records) => (cards += count(records)));
  products.observe(document.querySelector('#product-cards'), { childList: true });
  const frame = () => {
    const { changes } = window;
    if (rows + cards > 0) changes.frames += 1;
    changes.mostRows = Math.max(changes.mostRows, rows);
    changes.mostCards = Math.max(changes.mostCards, cards);
    rows = cards = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

/** An order that failed once and waits for its second attempt. */
const waitingOrder = (of: Partial<OrderDetails> = {}): OrderDetails => ({
  message_id: ID,
  state: 'waiting',
  source: 'system_1',
  order: { source_id: 149, product: 'White mug', price: '12.50', created_at: '2026-01-01T00:00:00.000Z' },
  position: { cycle: 0, attempt: 1 },
  settled_at: new Date().toISOString(),
  next_attempt_at: new Date(Date.now() + 600_000).toISOString(),
  reason: null,
  error: { kind: 'transient', message: 'simulated failure: succeeds at attempt 2' },
  max_attempts: 5,
  history: 'complete',
  timeline: [
    {
      cycle: 0,
      attempt: 1,
      record: 'recorded',
      outcome: 'retrying',
      at: new Date().toISOString(),
      duration_ms: 3.1,
      info: 'It was not successful at the 1 attempt.',
      error: { kind: 'transient', message: 'simulated failure: succeeds at attempt 2' },
      next_attempt_at: new Date(Date.now() + 600_000).toISOString(),
      consumer: 'host:1',
    },
  ],
  ...of,
});

const storedOrder = (product: string, of: Partial<StoredOrder> = {}): StoredOrder => ({
  message_id: randomUUID(),
  source: 'system_2',
  source_id: 7,
  product,
  price: '99.00',
  security_check: true,
  created_at: '2026-01-01T00:00:00.000000Z',
  stored_at: new Date().toISOString(),
  attempt: 3,
  cycle: 0,
  ...of,
});

describe.skipIf(CHROMIUM === undefined)(`the page${CHROMIUM ? '' : ' (SKIPPED: there is no Chromium)'}`, () => {
  let browser: Browser;
  let shop: MadeUpStorefront;
  let opened: OpenPage | undefined;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    shop = await startMadeUpStorefront();
    shop.feed.connection('endput', 'up', Date.now());
    shop.feed.connection('broker', 'up', Date.now());
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
    await shop.stop();
  });

  async function open(options: Parameters<typeof openPage>[2] = {}, path = '/') {
    opened = await openPage(browser, `${shop.url}${path}`, options);
    await opened.page.locator('#connection[data-state=live]').waitFor();
    return opened.page;
  }
  /** A shop in which a little of everything has happened. */
  function fill() {
    shop.feed.totals(madeUpTotals({ stored: 280, dead: 3, waiting: 2, revenue: '71234.50' }));
    shop.feed.products({ products: [madeUpProduct('White mug', 9), madeUpProduct('Oak desk', 3)], count: 2 });
    for (const [attempt, outcome] of (['dead', 'retrying', 'succeeded'] as const).entries())
      shop.feed.attempt('system_1', outcome, () => madeUpAttempt({ outcome, message_id: ID, attempt: attempt + 1 }));
  }
  const noticeOf = (page: OpenPage['page'], words: RegExp) => page.locator('.notice', { hasText: words });

  test('tells who has no orders how to load the sample, and goes on without reload once there are some', async () => {
    shop.feed.totals(madeUpTotals());
    const page = await open();
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor();
    expect(await page.locator('.command code').innerText()).toBe('make sample');
    await expectAccessible(page);
    fill();
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'White mug' }).first().waitFor();
    expect(await numberIn(page, '#total-stored')).toBe(280);
    expect(opened?.allErrors()).toEqual([]);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      test(`is accessible in ${colorScheme} at ${width} pixels, its dialog too, and nothing runs over the side`, async () => {
        fill();
        shop.answers.details.set(ID, waitingOrder());
        const page = await open({ colorScheme, viewport: { width, height: 900 } });
        await page.locator('#order-stream .row').first().waitFor();
        await expectAccessible(page);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await page.locator('#order-stream .row').first().click();
        await page.getByText('simulated failure: succeeds at attempt 2').waitFor();
        await expectAccessible(page);
        expect(opened?.allErrors()).toEqual([]);
      });
    }
  }

  test('shows any name as text, and its layout holds', async () => {
    shop.feed.totals(madeUpTotals({ stored: HOSTILE.length }));
    shop.feed.products({
      products: HOSTILE.map((name, index) => madeUpProduct(name, 9 - index)),
      count: HOSTILE.length,
    });
    for (const product of HOSTILE) {
      const source = product.slice(0, 60);
      shop.feed.attempt(source, 'dead', () =>
        madeUpAttempt({ product, source, price: product.slice(0, 40), outcome: 'dead', reason: product.slice(0, 200) }),
      );
    }
    const [longest = ''] = [...HOSTILE].sort((a, b) => b.length - a.length);
    shop.answers.details.set(
      ID,
      waitingOrder({
        order: { source_id: 1, product: longest, price: '<b>1</b>', created_at: '' },
        error: { kind: '<i>', message: HOSTILE.join(' ') },
        source: HOSTILE[2] ?? '',
      }),
    );
    for (const [width, colorScheme] of [
      [390, 'light'],
      [390, 'dark'],
      [1440, 'light'],
      [1440, 'dark'],
    ] as const) {
      const page = await open({ colorScheme, viewport: { width, height: 900 } });
      page.on('dialog', () => expect.unreachable('a name was run as code'));
      await page.locator('#order-stream .row').nth(4).waitFor();
      const names = await page.locator('.card-name').allInnerTexts();
      expect(names).toContain(HOSTILE[0]);
      expect(names).toContain(HOSTILE[4]);
      // Each has the direction of its own text, and disturbs nothing around it.
      const directions = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll('.card-name bdi')].map((name) => [name.textContent, getComputedStyle(name).direction])`,
      );
      for (const [name, direction] of directions)
        expect([name, direction]).toEqual([name, name === HOSTILE[2] ? 'rtl' : 'ltr']);
      expect(directions).toHaveLength(HOSTILE.length);
      expect(await page.locator('main img, main script, main b, main i[class=""] b').count()).toBe(0);
      await page.evaluate(`location.hash = '#order=${ID}'`);
      await page.locator('.order-product').waitFor();
      expect((await page.locator('.order-product').innerText()).length).toBe(10_000);
      for (const element of ['html', '#order-dialog .dialog-body', '#order-stream']) {
        const box = `document.querySelector('${element}')`;
        const isWithin = await page.evaluate(`${box}.scrollWidth <= ${box}.clientWidth + 1`);
        expect([element, isWithin]).toEqual([element, true]);
      }
      const heights = await page.evaluate<number[]>(
        '[...document.querySelectorAll(".card")].map((card) => card.scrollHeight)',
      );
      expect(Math.max(...heights)).toBeLessThanOrEqual(160);
      await expectAccessible(page);
      expect(opened?.allErrors()).toEqual([]);
      await opened?.close();
    }
  });

  test('speaks Portuguese to a browser that asks for it', async () => {
    fill();
    const page = await open({ locale: 'pt-BR' });
    await page.getByRole('heading', { name: 'Produtos' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    expect(await page.title()).toBe('Vitrine');
    expect(await page.locator('meta[name=description]').getAttribute('content')).toContain('pedidos');
    await page.getByText('no valor de 71.234,50').waitFor();
    await expectAccessible(page);
    expect(await page.locator('body').innerText()).not.toMatch(/\b(Stored|Orders|Products|Waiting|Search)\b/);
  });

  test('says that endput or the broker is away, and when it is back', async () => {
    fill();
    const page = await open();
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
    fill();
    const page = await open();
    await eventually(async () => expect(await numberIn(page, '#total-stored')).toBe(280));
    await shop.stop();
    await noticeOf(page, /^The connection to the storefront is lost/).waitFor();
    await page.getByText(/Trying again in \d+ s/).waitFor();
    await expectAccessible(page);
    shop = await startMadeUpStorefront({ port: shop.port });
    shop.feed.connection('endput', 'up', Date.now());
    shop.feed.totals(madeUpTotals({ stored: 300, dead: 4 }));
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await noticeOf(page, /^Connected again after .* Meanwhile: 20 orders stored, 1 dead letter\./).waitFor();
    expect(await numberIn(page, '#total-stored')).toBe(300);
    expect(await numberIn(page, '#total-dead')).toBe(4);
    expect(opened?.errors()).toEqual([]);
  });

  test('says that the feed cannot be reached where it never could, and goes on once it can', async () => {
    const { port } = shop;
    await shop.stop();
    shop = await startMadeUpStorefront({ port, maxClients: 0 });
    opened = await openPage(browser, shop.url);
    const { page } = opened;
    const notice = noticeOf(page, /^The feed cannot be reached/);
    await notice.getByText(/Trying again in \d+ s/).waitFor();
    await expectAccessible(page);
    await shop.stop();
    shop = await startMadeUpStorefront({ port });
    fill();
    await notice
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await notice.waitFor({ state: 'detached' });
    await eventually(async () => expect(await numberIn(page, '#total-stored')).toBe(280));
    await page.locator('#flow[aria-busy=false]').waitFor();
    expect(await noticeOf(page, /Connected again/).count()).toBe(0);
    expect(opened.errors()).toEqual([]);
  });

  test('says in the language of the page why a search failed, and keeps what the server alone knows for itself', async () => {
    fill();
    shop.answers.failure = new ApiError(503, 'ENDPUT_UNAVAILABLE', 'Endput is away: connect ECONNREFUSED 10.0.0.1.');
    const page = await open({ locale: 'pt-BR' });
    const search = page.getByRole('searchbox', { name: 'Buscar produtos' });
    await search.fill('a');
    await page.getByText('A busca falhou: O endput está fora do ar.').waitFor();
    shop.answers.failure = new ApiError(503, 'NEW_TROUBLE', 'connect ECONNREFUSED 10.0.0.1');
    await search.fill('b');
    await page.getByText('A busca falhou: a vitrine respondeu 503').waitFor();
    // What is wrong with what was asked only the server can say.
    shop.answers.failure = new ApiError(400, 'INVALID_REQUEST', 'querystring/search is too long');
    await search.fill('c');
    await page.getByText('A busca falhou: querystring/search is too long').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('ECONNREFUSED');
    expect(opened?.errors()).toEqual([]);
  });

  test('opens an order from its address, counts down, follows it, and gives the focus back', async () => {
    fill();
    shop.answers.details.set(ID, waitingOrder());
    const page = await open({}, `/#order=${ID}`);
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
    const page = await open({}, `/#order=${ID}`);
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

  test('searches products and orders, and goes back to what is live', async () => {
    fill();
    shop.answers.products = [madeUpProduct('Rare vase', 1)];
    shop.answers.orders = [storedOrder('Rare vase', { message_id: ID })];
    const page = await open();
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
    expect(opened?.allErrors()).toEqual([]);
  });

  test('shows the orders of exactly the product that was clicked, whatever its name is', async () => {
    const names = ['Product 228', 'Product 2280', 'Lamp#5', ...HOSTILE];
    shop.feed.totals(madeUpTotals({ stored: names.length }));
    shop.feed.products({ products: names.map((name) => madeUpProduct(name, 1)), count: names.length });
    shop.answers.orders = names.map((name) => storedOrder(name));
    const page = await open();
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
    expect(opened?.allErrors()).toEqual([]);
  });

  test('notifies of new orders, many as one, until that is switched off', async () => {
    fill();
    const page = await open();
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
    fill();
    const page = await open();
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
    fill();
    const page = await open();
    await page.locator('#order-stream .row').nth(2).waitFor();
    for (let n = 0; n < 17; n += 1)
      shop.feed.attempt('system_1', 'succeeded', () => madeUpAttempt({ product: 'Kettle' }));
    await eventually(async () =>
      expect(await page.locator('#order-stream .row', { hasText: 'Kettle' }).count()).toBe(17),
    );
    expect(await page.locator('#orders-note').innerText()).toBe('every attempt, newest first');
  });

  test('goes on after an order was clicked and closed, and holds the list for the keyboard', async () => {
    fill();
    shop.answers.details.set(ID, waitingOrder());
    const page = await open();
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

  test('leads to the desk, and the desk back to it', async () => {
    fill();
    const page = await open();
    await page.getByRole('link', { name: 'Dead-letter desk' }).click();
    await page.getByRole('heading', { name: 'Dead-letter desk' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/desk');
    await page.getByRole('link', { name: 'Storefront' }).click();
    await page.locator('#connection[data-state=live]').waitFor();
    expect(opened?.errors()).toEqual([]);
  });

  test('is loaded again where one of its modules did not arrive', async () => {
    fill();
    const context = await browser.newContext({ locale: 'en-US' });
    try {
      const page = await context.newPage();
      expect(await loadsDespite(page, `${shop.url}/`, '**/view/render-loop.js')).toBe(2);
    } finally {
      await context.close();
    }
  });

  test('keeps the theme that was chosen', async () => {
    fill();
    const page = await open({ colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.locator('#theme-switch').click();
    await page.locator('#theme-switch').click();
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
  });

  test('does little at once, stays small and says that it shows a sample while 20,000 attempts a second flow', async () => {
    const busy = startBusyShop(shop, 20_000);
    try {
      const page = await open();
      // How much a frame of the screen changes is bounded, whatever flows: how long that takes is for the bench to say.
      await page.evaluate(NOTE_CHANGES);
      await page.getByText(/^a sample: \d+ of \d[\d,]+ attempts a second$/).waitFor();
      await eventually(async () => expect(await numberIn(page, '#total-stored')).toBeGreaterThan(50_000), 120_000);
      expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(2_500);
      expect(await page.locator('#order-stream .row').count()).toBeLessThanOrEqual(40);
      const changes = () => page.evaluate<Changes>('window.changes');
      await eventually(async () => expect((await changes()).frames).toBeGreaterThan(10), 60_000);
      const { mostRows, mostCards } = await changes();
      expect(mostRows).toBeGreaterThan(0);
      expect(mostRows).toBeLessThanOrEqual(5);
      expect(mostCards).toBeLessThanOrEqual(48);
      busy.stop();
      // What was counted and what is shown are the same once it has come to rest.
      await eventually(async () => {
        const sum = (await numberIn(page, '#total-stored')) + (await numberIn(page, '#total-dead'));
        expect(sum).toBe(busy.attempts() - Math.floor(busy.attempts() / 10) + Math.floor(busy.attempts() / 100));
      });
      expect(opened?.allErrors()).toEqual([]);
    } finally {
      busy.stop();
    }
  });
});
