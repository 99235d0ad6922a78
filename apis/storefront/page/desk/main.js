import { createFormats } from '../text/formats.js';
import { chooseLanguage, createText } from '../text/language.js';
import { loadDeskTexts } from '../text/desk-language.js';
import { createAnnouncer } from '../view/announcer.js';
import { byId } from '../view/element.js';
import { createHashLink } from '../view/hash-link.js';
import { startNotices } from '../view/notices.js';
import { createTicker } from '../view/page-context.js';
import { RequestFailed } from '../view/request.js';
import { createServerClock } from '../view/server-clock.js';
import { translateStaticTexts } from '../view/static-texts.js';
import { startTheme } from '../view/theme.js';
import { startBalance } from './balance-view.js';
import { startFilter } from './filter-form.js';
import { startGroups } from './groups.js';
import { startLetters } from './letters.js';
import { createOnDemand } from './on-demand.js';
import { allowOperatorButtons } from './operator-button.js';
import { startOperations } from './operations.js';
import { createSession } from './session.js';
import { startSessionView } from './session-view.js';
import { startSummary } from './summary.js';
import { startSweep } from './sweep-view.js';

/** @import { Operation } from './desk-api.js' */
/** @import { DeskContext } from './desk-context.js' */
/** @import { createLetterDialog } from './letter-dialog.js' */
/** @import { Kind, OrderWhat } from './order-dialogs.js' */

const { language, locale } = chooseLanguage(navigator.languages);
document.documentElement.lang = language;
const text = createText(await loadDeskTexts(language), locale);
if (language !== 'en') translateStaticTexts(text);

const formats = createFormats(locale);
const clock = createServerClock();
const everySecond = createTicker();
const session = createSession({ clock, everySecond });
const onDemand = createOnDemand(text);
const askLogin = onDemand(async () => (await import('./login-dialog.js')).createLoginDialog({ text, session }));

/** @type {DeskContext} */
const page = {
  text,
  formats,
  clock,
  everySecond,
  session,
  openLogin: () => void askLogin(),
  onDemand,
  announce: createAnnouncer(byId('announcer')),
  async asOperator(send) {
    for (;;) {
      try {
        return await send();
      } catch (error) {
        // Refused, so nothing was done: it can be sent again by whoever logs in.
        if (!(error instanceof RequestFailed) || error.status !== 401) throw error;
        session.forget();
        if (!(await askLogin(text.text('login.again')))) throw error;
      }
    }
  },
};

startTheme(text);
const notices = startNotices(page);
const orderDialog = onDemand(async () => (await import('./order-dialogs.js')).createOrderDialogs(page, onOrdered));
const editDialog = onDemand(async () => (await import('./edit-dialog.js')).createEditDialog(page, onOrdered));
/** @type {(kind: Kind, what: OrderWhat) => void} */
const order = (kind, what) => void orderDialog(kind, what);
const link = createHashLink('letter');
/** The dialog with one letter, once there was one to show. @type {ReturnType<typeof createLetterDialog> | undefined} */
let letter;
const letterDialog = onDemand(async () => {
  const made = (await import('./letter-dialog.js')).createLetterDialog(page, {
    order,
    edit: (of) => void editDialog(of),
  });
  letter = made;
  return made.followAddress;
});
const followAddress = () => {
  if (link.named(location.hash) !== undefined) void letterDialog();
};
/** @param {string} messageId */
function openLetter(messageId) {
  location.hash = link.hashOf(messageId);
  followAddress();
}
const filter = startFilter(page, () => {
  void letters.reload();
  groups.draw();
  loadGroups();
});
const groups = startGroups(page, filter, order);
const letters = startLetters(page, filter, { open: openLetter, order, count: groups.sum });
const loadGroups = () => void groups.load().then(letters.drawChosen);
const summary = startSummary(page, filter, notices, {
  onChange() {
    letters.onChange();
    loadGroups();
  },
  onAnswer() {
    letters.onAnswer();
    if (groups.hasFailed()) loadGroups();
  },
});
const askBalance = startBalance(page);
const operations = startOperations(page, filter, notices, {
  openLetter,
  onProgress() {
    askBalance();
    summary();
  },
});
const askSweep = startSweep(page);
const showAudit = onDemand(async () => (await import('./audit-dialog.js')).createAuditDialog(page));
byId('audit-show').addEventListener('click', () => void showAudit());

/** @param {Operation} operation @param {boolean} [isOfList] whether it was ordered for what is chosen in the list */
function onOrdered(operation, isOfList = false) {
  operations.onOrdered(operation);
  letters.onOrdered(isOfList);
  letter?.onOrdered();
  askBalance();
  summary();
}

/** Asks for everything: at the start, and when somebody else may see it. */
function loadAll() {
  askBalance();
  operations.now();
  askSweep();
  summary();
  void letters.reload();
  loadGroups();
}

startSessionView(page, notices);
session.onChange(() => {
  allowOperatorButtons(page);
  loadAll();
});
loadAll();
window.addEventListener('hashchange', followAddress);
followAddress();
await session.look();
