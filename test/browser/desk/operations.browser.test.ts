import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { describeDesk } from './describe-desk.ts';
import { book, group, loggedIn, operation, rows } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('redrives a group behind a canary, which stops after its first message and says why', async () => {
    const { page, allErrors } = await desk.open();
    await loggedIn(page);
    await rows(page).filter({ hasText: 'Refused by endput' }).first().getByRole('checkbox').check();
    await group(page, 'simulated failure').getByRole('button', { name: 'Redrive' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' });
    await dialog.getByText('All of this cause').waitFor();
    await dialog.getByText('60 would be sent again.').waitFor();
    await dialog.getByLabel('Rate, at most').fill('0');
    await dialog.getByRole('button', { name: 'Redrive 60' }).click();
    await dialog.getByText('A whole number from 1 to 100,000, or nothing.').waitFor();
    await dialog.getByLabel('Rate, at most').fill('500');
    await dialog.getByLabel('Comment').fill('after the fix');
    await dialog.getByRole('button', { name: 'Redrive 60' }).click();
    await operation(page).getByText('Stopped by its canary').waitFor();
    await operation(page)
      .getByText(
        '1 of the 1 messages of this step died again (100%, 0% may); most often: simulated failure: never succeeds · ' +
          'canary at step 1, stops above 0%',
      )
      .waitFor();
    await operation(page).getByText('after the fix').waitFor();
    expect(await operation(page).locator('[data-progress=waiting] dd').innerText()).toBe('59');
    expect(await operation(page).locator('[data-progress=dead_again] dd').innerText()).toBe('1');
    await page.locator('.notice', { hasText: 'stopped by its canary' }).waitFor();
    expect(desk.state.letters.filter(({ cycle }) => cycle === 1).length).toBe(1);
    // It is for good, so it is asked; nothing that was chosen in the list is lost by an order from elsewhere.
    await operation(page).getByRole('button', { name: 'Cancel' }).click();
    const asked = page.getByRole('dialog', { name: 'Cancel this operation?' });
    await asked.getByText('59 messages that were not sent yet stay as they are.').waitFor();
    await expectAccessible(page);
    await asked.getByRole('button', { name: 'Go on with it' }).click();
    await asked.waitFor({ state: 'hidden' });
    await operation(page).getByText('Stopped by its canary').waitFor();
    await page.getByText('1 chosen.').waitFor();
    await operation(page).getByRole('button', { name: 'Cancel' }).click();
    await asked.getByRole('button', { name: 'Cancel it for good' }).click();
    await operation(page).getByText('Cancelled').waitFor();
    expect(await operation(page).locator('.operation-controls').getByRole('button').count()).toBe(0);
    // What died again is listed, and leads to its letter.
    await operation(page).getByRole('button', { name: '1 dead again: show them' }).click();
    const list = page.getByRole('dialog', { name: 'Redrive: what died again' });
    await list.getByText('1 message.').waitFor();
    await expectAccessible(page);
    await list.locator('tbody').getByRole('button').click();
    await page.getByRole('dialog', { name: 'Dead letter' }).getByText('What was done to it').waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('shows the progress of a redrive without a canary, pauses and resumes it; the balance is exact all along', async () => {
    Object.assign(desk.state, { atOnce: 5, holdsOutcomes: true });
    for (const letter of desk.state.letters) if (letter.reason === 'invalid_message') letter.fate = 'stored';
    const { page, allErrors } = await desk.open();
    await loggedIn(page);
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await page.getByText('Choose all that fit (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
    await page.getByLabel('Begin with a canary').uncheck();
    await page.getByRole('button', { name: 'Redrive 120' }).click();
    await operation(page).getByRole('button', { name: 'Pause' }).click();
    await operation(page).getByText('Paused').waitFor();
    await book(page, 'system_1').getByText('Something is under way').waitFor();
    // What was sent before has its outcome, then nothing is under way until it goes on.
    Object.assign(desk.state, { atOnce: 120, holdsOutcomes: false });
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await operation(page).getByRole('button', { name: 'Resume' }).click();
    await operation(page).getByText('Done').waitFor();
    await eventually(async () =>
      expect(await operation(page).locator('[data-progress=stored] dd').innerText()).toBe('30'),
    );
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(await book(page, 'system_1').locator('dd[data-part=stored]').innerText()).toBe('5,420');
    await page.getByRole('button', { name: /^Resolved 30$/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    expect(allErrors()).toEqual([]);
  });

  test('discards only with a reason, and brings back what was discarded', async () => {
    const { page, allErrors } = await desk.open();
    await loggedIn(page);
    await rows(page).nth(0).getByRole('checkbox').check();
    await rows(page).nth(1).getByRole('checkbox').check();
    await page.locator('#letter-actions').getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard dead letters' });
    await dialog.getByText('2 would be discarded.').waitFor();
    await dialog.getByRole('button', { name: 'Discard 2' }).click();
    await dialog.getByText('Write why they are given up.').waitFor();
    await dialog.getByLabel('Reason').fill('test orders');
    await dialog.getByRole('button', { name: 'Discard 2' }).click();
    await page.locator('.notice', { hasText: '2 are discarded.' }).waitFor();
    await page.getByRole('button', { name: /^Discarded 2$/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    await page.getByRole('checkbox', { name: 'Choose all that are listed' }).check();
    await page.locator('#letter-actions').getByRole('button', { name: 'Bring back' }).click();
    await page.getByRole('button', { name: 'Bring 2 back' }).click();
    await page.getByText('Nothing was discarded.').waitFor();
    await page.getByRole('button', { name: /^Dead 120$/ }).waitFor();
    const restored = desk.state.letters.find(({ history }) => history.length === 2);
    expect(restored?.history.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'ana discarded',
      'ana restored',
    ]);
    expect(allErrors()).toEqual([]);
  });

  test('lists what a redrive left alone, with the reason', async () => {
    // The oldest are the first of the set, and a canary looks on for one that it can send.
    for (const letter of desk.state.letters.slice(60)) letter.redrivable = false;
    const { page, allErrors } = await desk.open();
    await loggedIn(page);
    await page.getByText('Choose all that fit (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
    await page.getByRole('button', { name: 'Redrive 60' }).click();
    await operation(page).getByRole('button', { name: '60 skipped: show them' }).click();
    const list = page.getByRole('dialog', { name: 'Redrive: what was left alone' });
    await list.getByText('50 messages so far; there are more.').waitFor();
    await list.getByRole('button', { name: 'More' }).click();
    await list.getByText('60 messages.', { exact: true }).waitFor();
    expect(await list.getByText('its body does not claim to be this message: edit it').count()).toBe(60);
    await expectAccessible(page);
    expect(allErrors()).toEqual([]);
  });
});
