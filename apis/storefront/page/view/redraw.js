/**
 * Draws the children of an element anew and leaves alone what has not changed, so that whoever reads, selects, scrolls or
 * has the focus in it stays where they are. What is another in part is changed in place where both have the same tag, id and
 * `data-key`: what listens to something needs a key of its own among its siblings, and what it does has to be right for
 * later drawings too. Where the focus was in something that is gone, `otherwise` has it.
 * @param {HTMLElement} parent
 * @param {readonly Node[]} next
 * @param {HTMLElement} otherwise what takes the focus then; it is not within the parent
 */
export function redraw(parent, next, otherwise) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement);
  const hadFocus = held !== null && held !== parent && parent.contains(held);
  drawChildren(parent, next);
  if (!hadFocus || document.activeElement === held) return;
  (parent.contains(held) ? held : otherwise).focus({ preventScroll: true });
}

/** @param {Node} parent @param {readonly Node[]} next */
function drawChildren(parent, next) {
  const old = new Set(parent.childNodes);
  /** Of what is drawn next, what is there already. @type {Map<Node, ChildNode>} */
  const kept = new Map();
  for (const isIt of [isEqual, isSameThing])
    for (const node of next) {
      if (kept.has(node)) continue;
      const found = [...old].find((candidate) => isIt(candidate, node));
      if (!found) continue;
      kept.set(node, found);
      old.delete(found);
    }
  for (const node of old) node.remove();
  next.forEach((node, index) => {
    const there = kept.get(node) ?? node;
    // What is moved loses its scroll position, so only what is elsewhere is.
    if (parent.childNodes[index] !== there) parent.insertBefore(there, parent.childNodes[index] ?? null);
    if (there !== node && !there.isEqualNode(node)) change(there, node);
  });
}

const isEqual = (/** @type {Node} */ old, /** @type {Node} */ next) => old.isEqualNode(next);

/** @param {Node} old @param {Node} next */
function isSameThing(old, next) {
  if (old.nodeName !== next.nodeName) return false;
  if (!(old instanceof Element) || !(next instanceof Element)) return true;
  return old.id === next.id && old.getAttribute('data-key') === next.getAttribute('data-key');
}

/** @param {Node} old @param {Node} next */
function change(old, next) {
  if (!(old instanceof Element) || !(next instanceof Element)) {
    old.nodeValue = next.nodeValue;
    return;
  }
  // What somebody opened stays open.
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && !(name === 'open' && old instanceof HTMLDetailsElement)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  drawChildren(old, [...next.childNodes]);
}
