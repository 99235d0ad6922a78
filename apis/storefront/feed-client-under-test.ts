import { WebSocket } from 'ws';
import { eventually } from '../../test/harness/eventually.ts';
import type { Delta, Resumed, Snapshot } from './feed-messages.ts';
import type { Totals } from './shown.ts';

type Frame = Snapshot | Delta | Resumed;

/** A client of the feed, as a page is one. */
export async function openFeed(
  storefront: { url: string },
  hello: unknown = { type: 'hello' },
  options: { origin?: string | undefined } = { origin: storefront.url },
) {
  const frames: Frame[] = [];
  let closed: { code: number; reason: string } | undefined;
  let refused: number | undefined;
  const socket = new WebSocket(`${storefront.url.replace('http', 'ws')}/ws`, {
    headers: options.origin === undefined ? {} : { origin: options.origin },
  });
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  socket.on('unexpected-response', (request, response) => {
    refused = response.statusCode;
    request.destroy();
  });
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  await new Promise<void>((resolve) => {
    socket.once('open', () => {
      if (hello !== undefined) socket.send(typeof hello === 'string' ? hello : JSON.stringify(hello));
      resolve();
    });
    socket.once('close', () => resolve());
    socket.once('unexpected-response', () => resolve());
  });
  const latest = <Part extends keyof Delta & keyof Snapshot>(part: Part) =>
    frames.findLast((frame) => part in frame && (frame as Delta)[part] != null) as
      { [P in Part]: NonNullable<Delta[P]> } | undefined;
  return {
    frames,
    refused: () => refused,
    closed: () => closed,
    send: (text: string) => socket.send(text),
    /** Totals as a page has them now. */
    totals: (): Totals | undefined => latest('totals')?.totals,
    connections: () => latest('connections')?.connections,
    last: () => frames.at(-1),
    until: (check: (frames: readonly Frame[]) => boolean, timeout = 60_000) =>
      eventually(() => {
        if (!check(frames)) throw new Error(`not seen in ${frames.length} frames: ${JSON.stringify(frames.at(-1))}`);
      }, timeout),
    untilClosed: () =>
      eventually(() => {
        if (!closed) throw new Error('still open');
        return closed;
      }, 60_000),
    close: () => socket.terminate(),
  };
}
