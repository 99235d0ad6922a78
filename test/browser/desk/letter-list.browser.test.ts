import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { ID } from '../made-up-id.ts';
import { madeUpLetter } from '../made-up-letters.ts';
import { describeDesk } from './describe-desk.ts';
import { group, rows } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('groups 120 dead letters by their three causes, and a group filters the list', async () => {
    const { page } = await desk.open();
    await page.getByText('3 causes, the most frequent first').waitFor();
    expect(await page.locator('.group-count').allInnerTexts()).toEqual(['60', '30', '30']);
    const invalid = group(page, 'invalid order: price … is not a positive number');
    await invalid.getByText('system_1 20 · system_2 10').waitFor();
    await invalid.getByText('Linen shirt: invalid order: price "-1.00"').waitFor();
    await invalid.locator('.group-name').click();
    await page.getByText('Choose all that fit (30)').waitFor();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    expect(await invalid.locator('.group-name').getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('.group').count()).toBe(3);
    // It is in the address: whoever gets that sees the same.
    await page.reload();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    await page.getByRole('button', { name: /^Without the filter “Cause: invalid order/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(50));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(100));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(120));
    expect(await page.getByRole('button', { name: 'More', exact: true }).isVisible()).toBe(false);
  });

  test('filters by source, reason, product and time, and finds a message by its id', async () => {
    const [last] = desk.state.letters.slice(-1);
    const { page, allErrors } = await desk.open();
    await page.getByLabel('Source').selectOption('system_2');
    await eventually(async () => expect(await rows(page).count()).toBe(40));
    await page.getByLabel('Reason').selectOption('invalid_message');
    await eventually(async () => expect(await rows(page).count()).toBe(10));
    const search = page.getByRole('searchbox');
    await search.fill('oak');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    await page.getByLabel('Died before').fill('2020-01-01T00:00');
    await page.getByText('No dead letter fits these filters.').waitFor();
    expect(new URL(page.url()).searchParams.get('product')).toBe('oak');
    await page.getByRole('button', { name: 'Without any filter' }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(50));
    await search.fill(last?.message_id ?? '');
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    await search.fill(ID);
    await page.getByText('There is no dead letter with this message id.').waitFor();
    await search.press('Escape');
    await page.getByRole('button', { name: 'Resolved' }).click();
    await page.getByText('No dead letter was mended yet.').waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('lists the oldest first where that is asked for', async () => {
    const { page } = await desk.open();
    const first = () => rows(page).first().locator('.row-time').getAttribute('datetime');
    const times = desk.state.letters.map(({ died_at }) => died_at).sort();
    expect(await first()).toBe(times.at(-1));
    await page.getByRole('button', { name: 'Oldest first' }).click();
    await eventually(async () => expect(await first()).toBe(times[0]));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(100));
    await page.getByRole('button', { name: 'Oldest first' }).click();
    await eventually(async () => expect(await first()).toBe(times.at(-1)));
  });

  test('says where nothing is dead, and shows what dies then without a reload', async () => {
    desk.state.letters = [];
    const { page, allErrors } = await desk.open();
    await page.getByText('Nothing is dead. Good.').waitFor();
    await page.getByText('Messages that can never be stored show up here by themselves.').waitFor();
    await page.getByText('Nothing was ordered yet.').waitFor();
    await expectAccessible(page);
    desk.state.letters = [madeUpLetter()];
    await rows(page).first().waitFor();
    await group(page, 'simulated failure').waitFor();
    expect(allErrors()).toEqual([]);
  });
});
