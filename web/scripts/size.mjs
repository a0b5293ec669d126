// Measures what a reader downloads before the first report stands: the page, its script and style, and
// everything the heaviest landing page imports. Fails over budget. Run after `npm run build`.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 90 * 1024; // bytes, gzip
const LANDING = ['Live', 'ServiceLevel', 'Abandonment', 'Account'];
const dist = new URL('../dist/', import.meta.url);
const read = (name) => readFileSync(new URL(name, dist));
const size = (name) => gzipSync(read(name), { level: 9 }).length;

/** Files that a script imports statically, itself included, and the styles its chunk needs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = read(name).toString();
  for (const match of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) closure(`assets/${match[1]}`, seen);
  return seen;
}

const assets = readdirSync(new URL('assets/', dist));
/** The texts of the language that needs most: one is fetched before the first paint. */
const texts = assets.filter((name) => /^core-/.test(name)).sort((a, b) => size(`assets/${b}`) - size(`assets/${a}`))[0];
if (!texts) throw new Error('size: dist has no texts');

const html = read('index.html').toString();
const first = new Set(['index.html', 'theme.js', 'favicon.svg', `assets/${texts}`]);
for (const match of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) {
  if (match[1].endsWith('.js')) closure(match[1], first);
  else first.add(match[1]);
}
const entry = [...first].find((name) => /assets\/index-.*\.js$/.test(name));
const preload = read(entry).toString().match(/\[((?:"assets\/[^"]+",?)+)\]/)?.[1]?.match(/assets\/[^"]+/g) ?? [];

let worst = 0;
for (const page of LANDING) {
  const chunk = assets.find((name) => name.startsWith(`${page}-`) && name.endsWith('.js'));
  if (!chunk) throw new Error(`size: dist has no chunk for ${page}`);
  const files = closure(`assets/${chunk}`, new Set(first));
  for (const name of [...files]) {
    const stem = name.replace(/^assets\//, '').replace(/-[^-]{8}\.js$/, '');
    for (const style of preload.filter((p) => p.endsWith('.css') && p.replace(/^assets\//, '').replace(/-[^-]{8}\.css$/, '') === stem)) files.add(style);
  }
  const total = [...files].reduce((sum, name) => sum + size(name), 0);
  worst = Math.max(worst, total);
  console.log(`${page.padEnd(14)} ${(total / 1024).toFixed(1).padStart(6)} KB gzip in ${files.size} files`);
}
console.log(`budget         ${(BUDGET / 1024).toFixed(1).padStart(6)} KB`);
if (worst > BUDGET) {
  console.error(`size: the first load is ${((worst - BUDGET) / 1024).toFixed(1)} KB over budget`);
  process.exit(1);
}
