import { expect, test } from 'vitest';
import { expectAccessible, expectNothingOver, WIDTHS } from '../browser.ts';
import { HOSTILE } from '../hostile-names.ts';
import { ID } from '../made-up-id.ts';
import { madeUpLetter } from '../made-up-letters.ts';
import { describeDesk } from './describe-desk.ts';
import { rows } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('shows any text as text, and its layout holds', async () => {
    const [longest = ''] = [...HOSTILE].sort((a, b) => b.length - a.length);
    desk.state.letters = HOSTILE.map((name, index) =>
      madeUpLetter({
        product: name,
        source: name.slice(0, 60),
        error_message: name,
        error_kind: name.slice(0, 40),
        minutesAgo: index,
        ...(name === longest && { message_id: ID }),
        history: [
          {
            at: new Date().toISOString(),
            actor: name.slice(0, 100),
            action: 'edited',
            operation_id: null,
            comment: name,
            before: { cycle: 0, attempt: 5, reason: name.slice(0, 60), error_kind: 'transient', error_message: name },
            body_before: JSON.stringify({ order: { product: 'before' } }),
            body_after: JSON.stringify({ order: { product: name } }),
          },
        ],
        headers: { [name.slice(0, 200)]: name },
      }),
    );
    desk.state.books = new Map([[HOSTILE[2]?.slice(0, 60) ?? '', { rows: 3, stored: 2, missing: 0 }]]);
    for (const width of WIDTHS) {
      const { page, allErrors, close } = await desk.open({ viewport: { width, height: 900 } });
      page.on('dialog', () => expect.unreachable('a text was run as code'));
      await rows(page).nth(4).waitFor();
      expect(await page.locator('#letter-list .row-product').allInnerTexts()).toContain(HOSTILE[0]);
      expect(await page.locator('main img, main script, main b').count()).toBe(0);
      await page.evaluate(`location.hash = '#letter=${ID}'`);
      await page.locator('.order-product').waitFor();
      expect((await page.locator('.order-product').innerText()).length).toBe(10_000);
      await page.locator('#letter-body summary').click();
      await page.locator('#letter-headers summary').click();
      await expectNothingOver(page, ['html', 'dialog[open] .dialog-body', '#letter-list', '#group-list']);
      const heights = await page.evaluate<number[]>(
        '[...document.querySelectorAll(".letter, .group")].map((row) => row.scrollHeight)',
      );
      expect(Math.max(...heights)).toBeLessThanOrEqual(260);
      await expectAccessible(page);
      expect(allErrors()).toEqual([]);
      await close();
    }
  });
});
