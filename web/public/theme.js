// Sets the chosen theme before the first paint; no choice means the system's.
try {
  var theme = localStorage.getItem('agner.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch (_) {
  // Storage may be forbidden: the system's theme is used then.
}
