import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { expectNoEnglish, PORTUGUESE as PT } from '../left-over-english.ts';
import { ID } from '../made-up-id.ts';
import { madeUpLetter } from '../made-up-letters.ts';
import { describeDesk } from './describe-desk.ts';
import { book, operation } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('speaks Portuguese to a browser that asks for it', async () => {
    const { page } = await desk.open({ locale: 'pt-BR' });
    await page.getByRole('heading', { name: 'Balanço' }).waitFor();
    await page.getByText('3 causas, as mais frequentes primeiro').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    expect(await page.title()).toBe('Mesa de mensagens mortas');
    desk.state.isAway = true;
    await page
      .getByText(/Não há resposta mais nova: O endput está fora do ar\./)
      .first()
      .waitFor();
    desk.state.isAway = false;
    await page.locator('#connection[data-state=live]').waitFor();
    await page.locator('#who').getByRole('button', { name: 'Entrar' }).click();
    await expectAccessible(page);
    expect(await page.locator('body').innerText()).not.toContain('ECONNREFUSED');
    expect(await page.locator('body').innerText()).not.toMatch(
      /\b(Dead|Stored|Redrive|Discard|Choose|Log in|Balance)\b/,
    );
  });

  test('says in Portuguese why a canary stopped, and why a letter was left alone', async () => {
    for (const letter of desk.state.letters.slice(-5)) letter.redrivable = false;
    const { page, allErrors } = await desk.open({ locale: 'pt-BR' });
    await page.locator('#who').getByRole('button', { name: 'Entrar' }).click();
    const login = page.getByRole('dialog', { name: 'Entrar' });
    await login.getByLabel('Nome').fill('ana');
    await login.getByLabel('Senha').fill('right');
    await login.getByRole('button', { name: 'Entrar' }).click();
    await page.getByText('Escolher todas as que correspondem (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Reenviar' }).click();
    await page.getByRole('button', { name: 'Reenviar 115' }).click();
    await operation(page)
      .getByText(/^mortas de novo neste passo: 1 de 1 \(100%; o limite é 0%\); o erro mais frequente: .* · canário no/)
      .waitFor();
    await page.locator('.notice', { hasText: 'pelo canário. mortas de novo neste passo: 1 de 1' }).waitFor();
    await operation(page).getByRole('button', { name: '5 puladas: mostrar quais' }).click();
    const list = page.getByRole('dialog', { name: 'Reenvio: o que foi deixado como estava' });
    await list.getByText('5 mensagens.').waitFor();
    expect(await list.getByText('o corpo dela não diz ser esta mensagem: edite-a').count()).toBe(5);
    expect(await page.locator('body').innerText()).not.toMatch(/died again|does not claim|meanwhile/);
    expect(allErrors()).toEqual([]);
  });

  test('has no English left in Portuguese, in any part that it opens', async () => {
    const invalid = {
      reason: 'invalid_message',
      error_kind: 'invalid_message',
      error_message: 'preço inválido: "-1.00"',
    };
    desk.state.letters = Array.from({ length: 60 }, (_, index) =>
      madeUpLetter({
        product: 'Caneca branca',
        error_message: 'falha simulada: nunca dá certo',
        minutesAgo: index,
        ...(index === 0 && { message_id: ID, price: '-1.00', ...invalid }),
      }),
    );
    desk.state.books = new Map([
      ['system_1', { rows: 5_460, stored: 5_402, missing: 0 }],
      ['system_2', { rows: 3_500, stored: 3_500, missing: 3 }],
    ]);
    const { page, errors } = await desk.open({ locale: 'pt-BR' });
    const button = (name: string) => page.locator('dialog[open]').getByRole('button', { name, exact: true });
    const closed = () =>
      eventually(async () => {
        await page.keyboard.press('Escape');
        expect(await page.locator('dialog[open]').count()).toBe(0);
      });
    await book(page, 'system_1').getByText('2 a mais concluídas do que há linhas').waitFor();
    await expectNoEnglish(page, 'nobody is logged in');
    await page.locator('#audit').getByRole('button', { name: PT['audit.show'] }).click();
    await page.getByLabel(PT['login.name'], { exact: true }).fill('ana');
    await page.getByLabel(PT['login.password'], { exact: true }).fill('errada');
    await button(PT['login.submit']).click();
    await page.getByText(PT['login.wrong']).waitFor();
    await expectNoEnglish(page, 'a login that is refused');
    await page.getByLabel(PT['login.password'], { exact: true }).fill('right');
    await button(PT['login.submit']).click();
    await page.getByText(PT['audit.action.login'], { exact: true }).waitFor();
    await expectNoEnglish(page, 'the audit');
    await closed();
    for (const source of ['system_1', 'system_2']) {
      await book(page, source).locator('[data-part=link]').click();
      await page
        .locator('dialog[open]')
        .getByText(/ linhas (que a origem tem estão na conta|foram examinadas)/)
        .first()
        .waitFor();
      await expectNoEnglish(page, `unaccounted rows of ${source}`);
      await closed();
    }
    await page.getByText('Escolher todas as que correspondem (60)').click();
    await page.locator('#letter-actions').getByRole('button', { name: PT['action.discard'] }).click();
    await page.locator('dialog[open]').getByText(PT['discard.would']).waitFor();
    await button('Descartar 60').click();
    await page.getByText(PT['discard.reason.missing']).waitFor();
    await expectNoEnglish(page, 'a discard without a reason');
    await closed();
    await page.locator('#letter-actions').getByRole('button', { name: PT['action.redrive'] }).click();
    await page.locator('dialog[open]').getByText(PT['redrive.would']).waitFor();
    await expectNoEnglish(page, 'a redrive');
    await button('Reenviar 60').click();
    await operation(page).getByText('mortas de novo neste passo').waitFor();
    await expectNoEnglish(page, 'an operation that its canary stopped');
    await operation(page)
      .getByRole('button', { name: /^1 mortas? de novo/ })
      .click();
    await page.locator('dialog[open] tbody tr').waitFor();
    await expectNoEnglish(page, 'what died again');
    await page.locator('dialog[open] tbody').getByRole('button').click();
    await page.getByText(PT['letter.history']).waitFor();
    await page.locator('#letter-body summary').click();
    await page.locator('#letter-headers summary').click();
    await expectNoEnglish(page, 'a letter that died again');
    await closed();
    await operation(page).getByRole('button', { name: PT['operation.cancel'] }).click();
    await page.getByText(PT['operation.cancel.title']).waitFor();
    await expectNoEnglish(page, 'the question before a cancel');
    await button(PT['operation.cancel.submit']).click();
    await closed();
    await page.evaluate(`location.hash = '#letter=${ID}'`);
    await button(PT['action.edit']).click();
    await button(PT['edit.submit']).click();
    await page.getByText(PT['edit.fault.price']).waitFor();
    await expectNoEnglish(page, 'an edit with a fault');
    expect(errors()).toEqual([]);
  });
});
