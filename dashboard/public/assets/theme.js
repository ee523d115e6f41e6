// Before the first paint, so that a chosen theme does not flash. A classic script in a file: the page allows no inline code.
(() => {
  try {
    const theme = localStorage.getItem('pantry-queue theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing follows its system.
  }
})();
