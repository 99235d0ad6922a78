import { svg } from '../view/element.js';

const SIDE = 5;

/**
 * A small figure that stands for a product, so that a card is found again by its look: a mirrored pattern made from the
 * product's key, the same everywhere. It says nothing, and a screen reader passes it by.
 * @param {string} key
 */
export function productMark(key) {
  let bits = hashOf(key);
  const hue = bits % 360;
  let path = '';
  for (let x = 0; x < Math.ceil(SIDE / 2); x += 1) {
    for (let y = 0; y < SIDE; y += 1) {
      bits = (Math.imul(bits, 1_103_515_245) + 12_345) >>> 0;
      if ((bits >>> 16) % 5 < 2) continue;
      path += `M${x} ${y}h1v1h-1z`;
      if (x < Math.floor(SIDE / 2)) path += `M${SIDE - 1 - x} ${y}h1v1h-1z`;
    }
  }
  const mark = svg(
    'svg',
    { class: 'mark', viewBox: `-1.5 -1.5 ${SIDE + 3} ${SIDE + 3}`, 'aria-hidden': 'true' },
    svg('path', { d: path }),
  );
  mark.style.setProperty('--hue', String(hue));
  return mark;
}

/**
 * FNV-1a, 32 bits.
 * @param {string} text
 */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
