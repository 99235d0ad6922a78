// Runs before the first paint, and is no module: what is here waits for none, and is there when one does not arrive.

// A chosen theme does not flash; the switch is in view/theme.js.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for this page shows the system's colours.
}

// A module that does not arrive, because the network changed or a proxy was away, would leave the page empty for ever.
// A script's error does not bubble, so it is caught on its way down.
window.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) setTimeout(() => location.reload(), 3_000);
  },
  true,
);
