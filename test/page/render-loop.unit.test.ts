import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRenderLoop } from '../../apis/storefront/page/view/render-loop.js';

const FRAME = 16;
let frames: ((now: number) => void)[];
beforeEach(() => {
  frames = [];
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.stubGlobal('requestAnimationFrame', (callback: (now: number) => void) => frames.push(callback));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** What the browser does at the next frame. */
function nextFrame(): void {
  vi.advanceTimersByTime(FRAME);
  const [callback] = frames.splice(0);
  callback?.(performance.now());
}

/** A drawing that takes this long, and notes that it was drawn. */
function drawings(loop: ReturnType<typeof createRenderLoop>) {
  const drawn: string[] = [];
  const drawing = (name: string, takes: number, pause = 0) =>
    loop.drawing(() => {
      drawn.push(name);
      vi.advanceTimersByTime(takes);
    }, pause);
  return { drawn, drawing };
}

test('what is asked for several times is drawn once, at the next frame', () => {
  const { drawn, drawing } = drawings(createRenderLoop());
  const ask = drawing('a', 0);
  ask();
  ask();
  expect(drawn).toEqual([]);
  nextFrame();
  expect(drawn).toEqual(['a']);
  nextFrame();
  expect(drawn).toEqual(['a']);
});

test('what has a pause is drawn again when it is over', () => {
  const { drawn, drawing } = drawings(createRenderLoop());
  const ask = drawing('a', 0, 3 * FRAME);
  ask();
  nextFrame();
  ask();
  nextFrame();
  nextFrame();
  expect(drawn).toEqual(['a']);
  nextFrame();
  expect(drawn).toEqual(['a', 'a']);
});

test('what does not fit into a frame is drawn in the next, and nobody waits for ever', () => {
  const { drawn, drawing } = drawings(createRenderLoop());
  const asks = ['a', 'b', 'c', 'd'].map((name) => drawing(name, 4));
  for (const ask of asks) ask();
  nextFrame();
  expect(drawn).toEqual(['a', 'b']);
  // Who was drawn and asks again comes after those that wait.
  asks[0]?.();
  nextFrame();
  expect(drawn).toEqual(['a', 'b', 'c', 'd']);
  nextFrame();
  expect(drawn).toEqual(['a', 'b', 'c', 'd', 'a']);
});

test('what has to pause keeps nobody from being drawn, and is drawn after that', () => {
  const { drawn, drawing } = drawings(createRenderLoop());
  const [slow, quick, other] = [drawing('slow', 1, 4 * FRAME), drawing('quick', 8), drawing('other', 1)];
  slow();
  nextFrame();
  for (const ask of [slow, quick, other]) ask();
  nextFrame();
  expect(drawn).toEqual(['slow', 'quick']);
  nextFrame();
  expect(drawn).toEqual(['slow', 'quick', 'other']);
  nextFrame();
  nextFrame();
  expect(drawn).toEqual(['slow', 'quick', 'other', 'slow']);
});

test('one that throws does not keep the others from being drawn', () => {
  const loop = createRenderLoop();
  const { drawn, drawing } = drawings(loop);
  const wrong = loop.drawing(() => {
    throw new Error('wrong');
  });
  const other = drawing('other', 0);
  wrong();
  other();
  expect(nextFrame).toThrow('wrong');
  nextFrame();
  expect(drawn).toEqual(['other']);
});
