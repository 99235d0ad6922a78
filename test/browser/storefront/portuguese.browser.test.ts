import { expect, test } from 'vitest';
import { ApiError } from '../../../apis/http/errors.ts';
import { expectAccessible } from '../browser.ts';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('speaks Portuguese to a browser that asks for it', async () => {
    shop.fill();
    const { page } = await shop.open({ locale: 'pt-BR' });
    await page.getByRole('heading', { name: 'Produtos' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    expect(await page.title()).toBe('Vitrine');
    expect(await page.locator('meta[name=description]').getAttribute('content')).toContain('pedidos');
    await page.getByText('no valor de 71.234,50').waitFor();
    await expectAccessible(page);
    expect(await page.locator('body').innerText()).not.toMatch(/\b(Stored|Orders|Products|Waiting|Search)\b/);
  });

  test('says in the language of the page why a search failed, and keeps what the server alone knows for itself', async () => {
    shop.fill();
    shop.answers.failure = new ApiError(503, 'ENDPUT_UNAVAILABLE', 'Endput is away: connect ECONNREFUSED 10.0.0.1.');
    const { page, errors } = await shop.open({ locale: 'pt-BR' });
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
    expect(errors()).toEqual([]);
  });
});
