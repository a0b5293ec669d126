import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { names, parse } from '../../src/lib/icu';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const languages = ['en', 'zh-Hans', 'zh-Hant', 'et'];
const messages = Object.fromEntries(languages.map((l) => [l, JSON.parse(read(`../internal/i18n/${l}.json`)) as Record<string, string>]));

function sources(folder: string): string[] {
  return readdirSync(new URL(folder, root), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(`${folder}${entry.name}/`) : /\.(svelte|ts)$/.test(entry.name) ? [`${folder}${entry.name}`] : [],
  );
}

/** Keys named in a source; those built from data end in a dot and stand for their family. */
const keysOf = (file: string) => [...read(file).matchAll(/['"`](ui\.[A-Za-z0-9_.]+)/g)].map((m) => m[1]!);

test('every language has every key with the same parameters, and parses', () => {
  for (const [language, texts] of Object.entries(messages)) {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(messages.en!).sort(), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.deepEqual([...names(parse(text))].sort(), [...names(parse(messages.en![key]!))].sort(), `${language} ${key}`);
    }
  }
});

test('every key a page names exists, and every key of the pages is named', () => {
  const used = new Set(sources('src/').flatMap(keysOf));
  const families = [...used].filter((key) => key.endsWith('.'));
  for (const key of used) if (!key.endsWith('.')) assert.ok(key in messages.en!, `${key} has no text`);
  const unused = Object.keys(messages.en!).filter((key) => key.startsWith('ui.') && !used.has(key) && !families.some((f) => key.startsWith(f)));
  assert.deepEqual(unused, []);
});

test('texts of later pages are not needed by the first ones', () => {
  const later = new RegExp(/const LATER = \/(.*)\/;/.exec(read('vite.config.ts'))![1]!);
  const routes = read('src/lib/routes.ts');
  const first = [...routes.matchAll(/'[\w-]+', \(\) => import\('\.\.\/(pages\/\w+\.svelte)'\)/g)].map((m) => `src/${m[1]}`);
  assert.ok(first.includes('src/pages/ServiceLevel.svelte'));
  const seen = new Set<string>();
  const walk = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const m of read(file).matchAll(/from '(\.[^']+)'/g)) {
      const path = new URL(m[1]!, new URL(file, root)).pathname.slice(root.pathname.length);
      const found = [path, `${path}.ts`].find((p) => /\.(svelte|ts)$/.test(p) && sources('src/').includes(p));
      if (found) walk(found);
    }
  };
  ['src/App.svelte', ...first].forEach(walk);
  assert.ok(seen.has('src/lib/components/Table.svelte'));
  for (const file of seen) for (const key of keysOf(file)) assert.ok(!later.test(key) || key.endsWith('.'), `${file} needs ${key}, which comes later`);
});
