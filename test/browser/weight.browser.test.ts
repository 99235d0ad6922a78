import { expect, test } from 'vitest';
import { describeInChromium } from './in-chromium.ts';
import { startMadeUpDesk } from './made-up-desk.ts';
import { madeUpLetters } from './made-up-letters.ts';
import { startMadeUpStorefront } from './made-up-storefront.ts';

const MOST_BYTES = 150_000;

describeInChromium('the weight', (chromium) => {
  test.each([
    ['/', 'en-US'],
    ['/', 'pt-BR'],
    ['/desk', 'en-US'],
    ['/desk', 'pt-BR'],
  ])(
    'of %s in %s is below 150 kB over the network, with headers and the first answers of the API',
    async (path, locale) => {
      const server = path === '/' ? await startMadeUpStorefront() : await startMadeUpDesk(madeUpLetters());
      const context = await chromium.newContext({ locale });
      try {
        const page = await context.newPage();
        const network = await context.newCDPSession(page);
        await network.send('Network.enable');
        let [bytes, files] = [0, 0];
        network.on('Network.loadingFinished', ({ encodedDataLength }) => {
          bytes += encodedDataLength;
          files += 1;
        });
        await page.goto(`${server.url}${path}`);
        await page.locator('#connection[data-state=live]').waitFor();
        if (path === '/desk')
          for (const part of ['balance', 'groups', 'letters', 'operations'])
            await page.locator(`#${part}[aria-busy=false]`).waitFor();
        expect(files).toBeGreaterThan(40);
        expect(bytes).toBeGreaterThan(60_000);
        expect(bytes).toBeLessThan(MOST_BYTES);
      } finally {
        await context.close();
        await server.stop();
      }
    },
  );
});
