/** Dark or light: the system's until one is chosen. public/theme.js applies the choice before the first paint. */

export type Theme = 'system' | 'light' | 'dark';

const STORE = 'agner.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

let chosen = $state<Theme>((document.documentElement.dataset.theme as Theme) ?? 'system');
let systemDark = $state(dark.matches);

dark.addEventListener('change', () => (systemDark = dark.matches));

/** The choice. */
export function theme(): Theme {
  return chosen;
}

/** What is shown; charts read their colours again when it changes. */
export function shownTheme(): 'light' | 'dark' {
  return chosen === 'system' ? (systemDark ? 'dark' : 'light') : chosen;
}

export function setTheme(next: Theme): void {
  chosen = next;
  const root = document.documentElement;
  if (next === 'system') delete root.dataset.theme;
  else root.dataset.theme = next;
  try {
    if (next === 'system') localStorage.removeItem(STORE);
    else localStorage.setItem(STORE, next);
  } catch {
    // Not stored: the choice holds for this page only.
  }
}
