import { createHashLink } from '../view/hash-link.js';

const link = createHashLink('order');

/** The message id that an address such as `/#order=08d0382e-...` names; undefined where it names none. */
export const orderOfHash = link.named;
export const hashOfOrder = link.hashOf;
