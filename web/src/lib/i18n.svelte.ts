/**
 * The language of the page. One language is fetched, in two parts: what the first pages need, and the
 * rest with the first page that needs it. Messages live in internal/i18n and are shared with the
 * server; a test there sees to it that every language has every key.
 */
import type en from '$i18n/en.json';
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
type Part = () => Promise<{ default: Messages }>;

const parts: Record<Locale, { core: Part; rest: Part }> = {
  en: { core: () => import('virtual:messages/en/core'), rest: () => import('virtual:messages/en/rest') },
  'zh-Hans': { core: () => import('virtual:messages/zh-Hans/core'), rest: () => import('virtual:messages/zh-Hans/rest') },
  'zh-Hant': { core: () => import('virtual:messages/zh-Hant/core'), rest: () => import('virtual:messages/zh-Hant/rest') },
  et: { core: () => import('virtual:messages/et/core'), rest: () => import('virtual:messages/et/rest') },
};

const STORE = 'agner.locale';

let current = $state<Locale>('en');
let messages = $state.raw<Messages>({});
let whole = false; // the rest was asked for, so a change of language needs it too
let parsed = new Map<string, ReturnType<typeof parse>>();

/** The language in use; reading it in a template makes the template follow a change. */
export function language(): Locale {
  return current;
}

/** The tag for Intl: the language as the reader's region writes it (en-GB for dates, say), if the browser names one. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(`${current}-`)) ?? (current === 'en' ? 'en-GB' : current);
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
    if (stored && stored in parts) return stored as Locale;
  } catch {
    // Storage may be forbidden; the browser's preference is used then.
  }
  return matchLocale(navigator.languages);
}

/** Loads a language and switches to it. */
export async function setLocale(next: string): Promise<void> {
  if (!(next in parts)) return;
  const { core, rest } = parts[next as Locale];
  const loaded = await Promise.all(whole ? [core(), rest()] : [core()]);
  parsed = new Map();
  messages = Object.assign({}, ...loaded.map((part) => part.default)) as Messages;
  current = next as Locale;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORE, next);
  } catch {
    // Not stored: the choice holds for this page only.
  }
}

/** Fetches the messages that only the later pages need. */
export async function loadRest(): Promise<void> {
  if (whole) return;
  const rest = await parts[current].rest();
  whole = true;
  messages = { ...messages, ...rest.default };
}

function lookup(key: string): ReturnType<typeof parse> | undefined {
  const text = messages[key];
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
