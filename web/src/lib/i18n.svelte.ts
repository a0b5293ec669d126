/**
 * The language of the page. English is in the first load (it is also the fallback); the other
 * three arrive when chosen. Messages live in internal/i18n and are shared with the server.
 */
import en from '$i18n/en.json';
import { format, parse, type Params } from './icu';

export type Key = keyof typeof en;

export const LOCALES = [
  { id: 'en', name: 'English' },
  { id: 'zh-Hans', name: '简体中文' },
  { id: 'zh-Hant', name: '繁體中文' },
  { id: 'et', name: 'Eesti' },
] as const;

export type Locale = (typeof LOCALES)[number]['id'];

type Messages = Record<string, string>;

const load: Record<Locale, () => Promise<Messages>> = {
  en: async () => en,
  'zh-Hans': async () => (await import('$i18n/zh-Hans.json')).default,
  'zh-Hant': async () => (await import('$i18n/zh-Hant.json')).default,
  et: async () => (await import('$i18n/et.json')).default,
};

const STORE = 'agner.locale';

let current = $state<Locale>('en');
let messages = $state.raw<Messages>(en);
let parsed = new Map<string, ReturnType<typeof parse>>();

/** The language in use; reading it in a template makes the template follow a change. */
export function locale(): Locale {
  return current;
}

/** Picks the first known language out of a preference list such as navigator.languages. */
export function matchLocale(preferred: readonly string[]): Locale {
  for (const tag of preferred) {
    const lower = tag.toLowerCase();
    if (/^zh-(hant|tw|hk|mo)/.test(lower)) return 'zh-Hant';
    if (lower.startsWith('zh')) return 'zh-Hans';
    if (lower.startsWith('et')) return 'et';
    if (lower.startsWith('en')) return 'en';
  }
  return 'en';
}

/** The language to start with: the one stored on this machine, or the browser's. */
export function startLocale(): Locale {
  try {
    const stored = localStorage.getItem(STORE);
    if (stored && stored in load) return stored as Locale;
  } catch {
    // Storage may be forbidden; the browser's preference is used then.
  }
  return matchLocale(navigator.languages);
}

/** Loads a language and switches to it. */
export async function setLocale(next: string): Promise<void> {
  if (!(next in load)) return;
  const loaded = await load[next as Locale]();
  parsed = new Map();
  messages = loaded;
  current = next as Locale;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORE, next);
  } catch {
    // Not stored: the choice holds for this page only.
  }
}

function lookup(key: string): ReturnType<typeof parse> | undefined {
  const text = messages[key] ?? (en as Messages)[key];
  if (text === undefined) return undefined;
  let nodes = parsed.get(key);
  if (!nodes) parsed.set(key, (nodes = parse(text)));
  return nodes;
}

/** Translates a key known at compile time. */
export function t(key: Key, params: Params = {}): string {
  return dyn(key, key, params);
}

/** Translates a key built from data (a state, an exit, a problem code), or returns the fallback. */
export function dyn(key: string, fallback: string, params: Params = {}): string {
  const nodes = lookup(key);
  return nodes ? format(nodes, current, params) : fallback;
}
