import { ask, order } from '../view/request.js';

/**
 * The API of the dead-letter desk, as its page uses it.
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').Letter>} Letter
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterPage>} LetterPage
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterDetails>} LetterDetails
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterEvent>} LetterEvent
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterGroup>} LetterGroup
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterGroupPage>} LetterGroupPage
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterSummary>} LetterSummary
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterFilter>} LetterFilter
 * @typedef {import('typebox').Static<typeof import('../../desk/letter-answers.ts').LetterState>} LetterState
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').RedriveOrder>} RedriveOrder
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').DiscardOrder>} DiscardOrder
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').RestoreOrder>} RestoreOrder
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').EditOrder>} EditOrder
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').DryRunAnswer>} DryRunAnswer
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').Operation>} Operation
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').OperationPage>} OperationPage
 * @typedef {import('typebox').Static<typeof import('../../desk/login-answers.ts').Session>} Session
 * @typedef {import('typebox').Static<typeof import('../../desk/balance-answers.ts').Balance>} Balance
 * @typedef {import('typebox').Static<typeof import('../../desk/balance-answers.ts').UnaccountedPage>} UnaccountedPage
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').OperationMessage>} OperationMessage
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').OperationMessagePage>} OperationMessagePage
 * @typedef {import('typebox').Static<typeof import('../../desk/operation-answers.ts').Sweep>} Sweep
 * @typedef {import('typebox').Static<typeof import('../../desk/audit-answers.ts').AuditPage>} AuditPage
 * @typedef {RedriveOrder['selection']} Selection
 */
/** @import { Query } from '../view/request.js' */

const LETTERS = '/v0/dead-letters';
const OPERATIONS = '/v0/operations';
const of = (/** @type {string} */ id) => encodeURIComponent(id);

/** @param {Query} query @param {AbortSignal} signal */
export const fetchGroups = async (query, signal) =>
  /** @type {LetterGroupPage} */ (await ask(`${LETTERS}/groups`, query, signal));

/** @param {Query} query @param {AbortSignal} signal */
export const fetchLetters = async (query, signal) => /** @type {LetterPage} */ (await ask(LETTERS, query, signal));

/** @param {AbortSignal} signal */
export const fetchSummary = async (signal) =>
  /** @type {LetterSummary} */ (await ask(`${LETTERS}/summary`, {}, signal));

/** @param {string} messageId @param {AbortSignal} signal */
export const fetchLetter = async (messageId, signal) =>
  /** @type {LetterDetails} */ (await ask(`${LETTERS}/${of(messageId)}`, {}, signal));

/** @param {Query} query @param {AbortSignal} signal */
export const fetchOperations = async (query, signal) =>
  /** @type {OperationPage} */ (await ask(OPERATIONS, query, signal));

/** @param {string} id @param {Query} query @param {AbortSignal} signal */
export const fetchOperationMessages = async (id, query, signal) =>
  /** @type {OperationMessagePage} */ (await ask(`${OPERATIONS}/${of(id)}/messages`, query, signal));

/** @param {AbortSignal} signal */
export const fetchSweep = async (signal) => /** @type {Sweep} */ (await ask(`${LETTERS}/sweep`, {}, signal));

export const orderSweep = async () => /** @type {Sweep} */ (await order(`${LETTERS}/sweep`));

/** @param {Query} query @param {AbortSignal} signal */
export const fetchAudit = async (query, signal) => /** @type {AuditPage} */ (await ask('/v0/audit', query, signal));

/** @param {AbortSignal} signal */
export const fetchBalance = async (signal) => /** @type {Balance} */ (await ask('/v0/balance', {}, signal));

/** @param {string} source @param {Query} query @param {AbortSignal} signal */
export const fetchUnaccounted = async (source, query, signal) =>
  /** @type {UnaccountedPage} */ (await ask(`/v0/balance/${of(source)}/unaccounted`, query, signal));

/**
 * What an order would do; nothing moves.
 * @param {'redrive' | 'discard' | 'restore'} kind
 * @param {Record<string, unknown>} wanted
 * @param {AbortSignal} signal
 */
export const dryRun = async (kind, wanted, signal) =>
  /** @type {DryRunAnswer} */ (await order(`${LETTERS}/${kind}`, { ...wanted, dry_run: true }, signal));

/**
 * @param {'redrive' | 'discard' | 'restore'} kind
 * @param {RedriveOrder | DiscardOrder | RestoreOrder} wanted
 */
export const orderOperation = async (kind, wanted) =>
  /** @type {Operation} */ (await order(`${LETTERS}/${kind}`, wanted));

/** @param {string} messageId @param {EditOrder} wanted */
export const orderEdit = async (messageId, wanted) =>
  /** @type {Operation} */ (await order(`${LETTERS}/${of(messageId)}/edit`, wanted));

/** @param {string} id @param {'pause' | 'resume' | 'cancel'} what */
export const controlOperation = async (id, what) =>
  /** @type {Operation} */ (await order(`${OPERATIONS}/${of(id)}/${what}`));

/** @param {AbortSignal} signal */
export const fetchSession = async (signal) => /** @type {Session} */ (await ask('/v0/session', {}, signal));

/** @param {string} name @param {string} password */
export const logIn = async (name, password) => /** @type {Session} */ (await order('/v0/login', { name, password }));

export const renewSession = async () => /** @type {Session} */ (await order('/v0/session/renew'));

export const logOut = () => order('/v0/logout');
