import { createConnection } from './feed/connection.js';
import { createFeedState } from './feed/feed-state.js';
import { startBarCharts } from './flow/bar-charts.js';
import { startFlowPicture } from './flow/flow-picture.js';
import { startOutcomeChart } from './flow/outcome-chart.js';
import { startOrderDialog } from './order-dialog/order-dialog.js';
import { startAttemptStream } from './orders/attempt-stream.js';
import { startNotifications } from './orders/notifications.js';
import { startOrderSearch } from './orders/order-search.js';
import { startProducts } from './products/products.js';
import { createFormats } from './text/formats.js';
import { chooseLanguage, createText, loadTexts } from './text/language.js';
import { createAnnouncer } from './view/announcer.js';
import { startConnectionView } from './view/connection-view.js';
import { byId } from './view/element.js';
import { startEmptyState } from './view/empty-state.js';
import { startNotices } from './view/notices.js';
import { nextTask } from './view/next-task.js';
import { createTicker } from './view/page-context.js';
import { createRenderLoop } from './view/render-loop.js';
import { createServerClock } from './view/server-clock.js';
import { translateStaticTexts } from './view/static-texts.js';
import { startTheme } from './view/theme.js';
import { startTotals } from './view/totals.js';

/** @import { Part } from './feed/feed-state.js' */
/** @import { ServerFrame } from './feed/frames.js' */
/** @import { PageContext } from './view/page-context.js' */

const { language, locale } = chooseLanguage(navigator.languages);
document.documentElement.lang = language;
const text = createText(await loadTexts(language), locale);
if (language !== 'en') translateStaticTexts(text);
const formats = createFormats(locale);

const feed = createFeedState();
const clock = createServerClock();
const everySecond = createTicker();
const dialog = startOrderDialog({ text, formats, clock, everySecond });
/** @type {PageContext} */
const page = {
  text,
  formats,
  state: feed.state,
  loop: createRenderLoop(),
  clock,
  everySecond,
  announce: createAnnouncer(byId('announcer')),
  openOrder: (messageId) => dialog.openOrder(messageId),
};

startTheme(text);
const notices = startNotices(page);
await nextTask();
const orderSearch = startOrderSearch(page);
const stream = startAttemptStream(page);
const notifications = startNotifications(page);
const totals = startTotals(page);
const emptyState = startEmptyState(page);
const products = startProducts(page, orderSearch.showOrdersOf);
await nextTask();
const flowPicture = startFlowPicture(page);
await nextTask();
const outcomeChart = startOutcomeChart(page);
const barCharts = startBarCharts(page);

/** What is drawn anew when a part of what is known has changed. */
const drawings = /** @type {Record<Part, (() => void)[]>} */ ({
  connections: [() => connectionView.drawConnections(), totals, flowPicture],
  totals: [totals, emptyState, barCharts, flowPicture, products, () => connectionView.drawConnections()],
  products: [products],
  attempts: [],
  rates: [totals, flowPicture],
  history: [outcomeChart],
  queues: [emptyState, flowPicture],
});

/** @param {ServerFrame} frame */
function onFrame(frame) {
  if (frame.type !== 'resumed') {
    const changed = frame.type === 'snapshot' ? feed.applySnapshot(frame) : feed.applyDelta(frame);
    for (const part of changed) for (const draw of drawings[part]) draw();
    if (frame.type === 'snapshot') {
      clock.forget();
      stream.onSnapshot(frame);
    } else if (frame.attempts) {
      stream.onAttempts(frame.attempts);
      notifications.onAttempts(frame.attempts);
      dialog.onAttempts(frame.attempts.list);
    }
    clock.saw(frame.at);
  }
  connectionView.onFrame(frame);
}

const connection = createConnection(
  { onFrame, onState: (state) => connectionView.onState(state) },
  {
    open: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`),
    now: () => Date.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  },
);
const connectionView = startConnectionView(page, notices, () => connection.tryNow());
connection.start();
dialog.followAddress();

window.addEventListener('online', () => connection.tryNow());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) connection.tryNow();
});
// A page that the browser keeps for "back" must not keep its connection.
window.addEventListener('pagehide', () => connection.stop());
window.addEventListener('pageshow', (event) => {
  if (event.persisted) connection.start();
});
