// Runs before the first paint, so that a chosen theme does not flash; the switch is in view/theme.js.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for this page shows the system's colours.
}
