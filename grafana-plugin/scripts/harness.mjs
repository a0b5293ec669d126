// Drives the editors in headless Chromium: the built module.js inside a page of Grafana's own components. Every step says
// what it proves; a page error or a failed step ends with code 1. Pictures go to dist/shots (with UPDATE=1 also to src/img).
import { build } from 'esbuild';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!browserPath) {
  console.log('editors in Chromium: skipped, Chromium is not installed');
  process.exit(0);
}
mkdirSync('dist/shots', { recursive: true });
await build({
  entryPoints: ['tests/harness/app.tsx'], bundle: true, outfile: 'dist/harness/app.js', format: 'iife', target: 'es2022', jsx: 'transform', sourcemap: false, minify: true,
  // Grafana's CommonJS builds: their own way of asking for other people's default exports works in every bundler.
  alias: Object.fromEntries(['data', 'runtime', 'ui'].map((n) => [`@grafana/${n}`, `./node_modules/@grafana/${n}/dist/cjs/index.cjs`])),
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl', '.css': 'empty' }, logLevel: 'error',
});

const types = { '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.ttf': 'font/ttf' };
const page = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/uplot.css"><script>window.__grafana_public_path__="/";window.grafanaBootData={settings:{},user:{}}</script><body><div id="root"></div><script src="/app.js"></script>';
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x');
  const path = normalize(pathname);
  const file = path === '/app.js' ? 'dist/harness/app.js' : path === '/module.js' ? 'dist/module.js' : path === '/uplot.css' ? 'node_modules/uplot/dist/uPlot.min.css' : path === '/frames.json' ? 'dist/frames.json'
    : path.includes('/monaco/') ? join('node_modules/monaco-editor', path.slice(path.indexOf('/min/'))) : path.includes('/img/icons/') ? join('node_modules/@grafana/ui/dist/public', path.slice(path.indexOf('/img/'))) : '';
  if (path === '/') {
    response.setHeader('content-type', 'text/html');
    response.end(page);
  } else if (file && existsSync(file)) {
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  } else {
    if (process.env.ONLY) console.log(`  not found: ${path}`);
    response.statusCode = 404;
    response.end();
  }
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
const errors = [];
let steps = 0;

async function open(show, more = '') {
  const tab = await browser.newPage({ viewport: { width: 940, height: 560 } });
  tab.setDefaultTimeout(Number(process.env.STEP_MS ?? 45_000));
  tab.on('pageerror', (e) => errors.push(`${show}: ${e.stack ?? e}`));
  await tab.goto(`${base}?show=${show}${more}`);
  await tab.waitForFunction(() => window.harness);
  return tab;
}
async function step(text, run) {
  await run();
  steps++;
  console.log(`  ok: ${text}`);
}
// eventually repeats an assertion until it holds: React renders when it likes.
async function eventually(check) {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      return await check();
    } catch (e) {
      if (Date.now() > end) throw e;
      await new Promise((next) => setTimeout(next, 100));
    }
  }
}
const state = (tab, name) => tab.evaluate((n) => JSON.parse(JSON.stringify(window.harness[n] ?? null)), name);
async function shot(tab, name) {
  await tab.screenshot({ path: `dist/shots/${name}.png` });
  if (process.env.UPDATE) copyFileSync(`dist/shots/${name}.png`, `src/img/${name}.png`);
}
async function pick(tab, id, text) {
  await tab.mouse.move(2, 2); // away from what shows a tooltip
  await tab.click(`#${id}`);
  await tab.getByRole('option', { name: text }).first().click();
}

async function metric() {
  const tab = await open('metric');
  await step('a new query asks for the service level and shows its formula', async () => {
    await tab.getByTestId('formula-sl').waitFor();
    await eventually(async () => assert.match(await tab.getByTestId('formula-sl').innerText(), /answered within T/));
  });
  await step('figures are chosen from the catalogue', async () => {
    await pick(tab, 'agner-figures', 'Average speed of answer');
    await eventually(async () => assert.deepEqual((await state(tab, 'query')).figures, ['sl', 'asa_s']));
    await tab.keyboard.press('Escape');
  });
  await step('queues come from Agner, kinds of rows from the catalogue', async () => {
    await pick(tab, 'agner-queues', 'Support');
    await eventually(async () => assert.deepEqual((await state(tab, 'query')).queues, ['Support']));
    await tab.keyboard.press('Escape');
    await pick(tab, 'agner-by', 'group');
    await eventually(async () => assert.equal((await state(tab, 'query')).by, 'group'));
  });
  await step('last week, T and the form of the answer are set; each change runs the query', async () => {
    await tab.locator('label[for="agner-compare"]').last().click();
    await tab.fill('#agner-within', '20s');
    await tab.locator('#agner-within').blur();
    await tab.getByRole("radio", { name: 'Table', exact: true }).click();
    await eventually(async () => {
      const { compare, within, format } = await state(tab, 'query');
      assert.deepEqual({ compare, within, format }, { compare: 'week', within: '20s', format: 'table' });
    });
    await eventually(async () => assert.ok((await state(tab, 'runs')) >= 6));
  });
  await shot(tab, 'metric');
  await step('a report has no query before it is chosen', async () => {
    await tab.getByRole("radio", { name: 'Report', exact: true }).click();
    await eventually(async () => assert.equal(await tab.evaluate(() => window.harness.source.filterQuery(window.harness.query)), false));
    await pick(tab, 'agner-report', 'abandonment');
    await pick(tab, 'agner-part', 'survival');
    await eventually(async () => assert.equal(await tab.evaluate(() => window.harness.source.filterQuery(window.harness.query)), true));
  });
  await tab.close();
}

async function sql() {
  const tab = await open('sql', '&theme=dark');
  await step('the code editor opens with a query that works', async () => {
    await tab.getByRole("radio", { name: 'SQL', exact: true }).click();
    await tab.locator('.monaco-editor .view-lines').waitFor();
    await eventually(async () => assert.match((await state(tab, 'query')).sql, /\$__timeGroup\(joined_at, \$__interval\) AS time/));
  });
  await step('completion knows tables, columns, macros and variables', async () => {
    const box = tab.locator('.monaco-editor textarea').first();
    await box.focus();
    await tab.keyboard.press('Control+End');
    await tab.keyboard.type(' LIMIT 1 -- ');
    await tab.keyboard.press('Control+Space');
    await tab.locator('.suggest-widget .monaco-list-row').first().waitFor();
    const labels = await tab.evaluate(() => document.querySelector('.suggest-widget').innerText);
    assert.match(labels, /\$__|visits|joined_at/);
    await tab.keyboard.press('Escape');
    await tab.locator('.suggest-widget').waitFor({ state: 'hidden' });
    await shot(tab, 'sql');
  });
  await step('what was typed is asked when the editor is left', async () => {
    await tab.locator('#agner-interval').focus();
    await tab.waitForFunction(() => /LIMIT 1/.test(window.harness.query.sql));
  });
  await tab.close();
}

async function settings() {
  const tab = await open('config');
  await step('URL and token go where Grafana keeps them', async () => {
    await tab.fill('#agner-url', ' https://agner.example.org ');
    await tab.fill('#agner-token', 'agner_secret');
    await tab.fill('#agner-rows', '5000');
    await eventually(async () => {
      const { url, secureJsonData, jsonData } = await state(tab, 'options');
      assert.deepEqual({ url, token: secureJsonData.token, rows: jsonData.maxRows }, { url: 'https://agner.example.org', token: 'agner_secret', rows: 5000 });
      assert.ok(!JSON.stringify(jsonData).includes('secret'));
    });
  });
  await shot(tab, 'settings');
  await tab.close();
  const known = await open('config', '&set');
  await step('a stored token is not shown and can be replaced', async () => {
    await eventually(async () => assert.equal(await known.inputValue('#agner-token'), 'configured'));
    await known.getByText('Reset').first().click();
    await eventually(async () => assert.equal((await state(known, 'options')).secureJsonFields.token, false));
  });
  await known.close();
}

async function variable() {
  const tab = await open('variable');
  await step('a variable offers a list of names or a query', async () => {
    await pick(tab, 'agner-list', 'teams');
    await eventually(async () => assert.equal((await state(tab, 'query')).list, 'teams'));
    await tab.getByRole("radio", { name: 'SQL', exact: true }).click();
    await tab.fill('#agner-variable-sql', 'SELECT name FROM dim_sites');
    await tab.locator('#agner-variable-sql').blur();
    await eventually(async () => assert.deepEqual(await state(tab, 'query').then(({ sql, list }) => ({ sql, list })), { sql: 'SELECT name FROM dim_sites', list: undefined }));
  });
  await tab.close();
}

async function source() {
  const tab = await open('metric');
  await step('variables are handed over raw, as lists; all is an empty list', async () => {
    const got = await tab.evaluate(() => {
      const { source } = window.harness;
      const sql = source.applyTemplateVariables({ refId: 'A', kind: 'sql', sql: 'SELECT $__interval, $queue, ${everything}, $1, $nobody' }, {});
      const metric = source.applyTemplateVariables({ refId: 'A', kind: 'metric', queues: ['$queue', 'Private'], teams: ['$everything'], interval: '$step' }, { step: { text: '', value: '30m' } }, [
        { key: 'site', operator: '=', value: 'Tallinn' }, { key: 'agent', operator: '=|', value: '', values: ['Mari', 'Jaan'] }, { key: 'queue', operator: '!=', value: 'no' },
      ]);
      return { variables: sql.variables, metric };
    });
    assert.deepEqual(got.variables, { queue: ['Sales', "O'Hara"], everything: [] });
    assert.deepEqual(got.metric.queues, ['Sales', "O'Hara", 'Private']);
    assert.deepEqual([got.metric.teams, got.metric.sites, got.metric.agents, got.metric.interval], [[], ['Tallinn'], ['Mari', 'Jaan'], '30m']);
  });
  await step('variables are answered from names and from the first column of a query', async () => {
    const got = await tab.evaluate(async () => {
      const { source, rxjs } = window.harness;
      const names = await rxjs.lastValueFrom(source.variables.query({ targets: [{ refId: 'v', list: 'queues' }] }));
      const rows = await rxjs.lastValueFrom(source.variables.query({ targets: [{ refId: 'v', sql: 'SELECT 1' }], range: { from: { valueOf: () => 0 }, to: { valueOf: () => 1 } }, scopedVars: {} }));
      return [names.data.map((d) => d.text), rows.data[0].fields[0].values, (await source.getTagValues({ key: 'queue' })).length];
    });
    assert.deepEqual(got, [['Sales', 'Support'], ['Sales', 'Support'], 2]);
  });
  await step('a live query streams by Grafana Live', async () => {
    const got = await tab.evaluate(() => {
      const { source, streams } = window.harness;
      source.query({ requestId: 'r', targets: [{ refId: 'A', kind: 'live', live: 'agents', stream: true }] }).subscribe();
      return JSON.parse(JSON.stringify(streams.at(-1).addr));
    });
    assert.equal(got.path, 'live/agents');
    assert.equal(got.namespace, 'agner');
  });
  await step('an editor that Agner refuses says why', async () => {
    await tab.evaluate(() => { window.harness.source.tables = () => Promise.reject(new Error('Agner says 403 Forbidden')); });
    await tab.getByRole("radio", { name: 'SQL', exact: true }).click();
    await tab.getByText('Agner says 403 Forbidden').waitFor();
  });
  await tab.close();
}

async function panels() {
  if (!existsSync('dist/frames.json')) {
    console.log('  panels: skipped, dist/frames.json is not there (the host test writes it)');
    return;
  }
  const names = [...new Set(JSON.parse(readFileSync('dist/frames.json', 'utf8')).map((p) => p.dashboard))];
  for (const name of names) {
    const tab = await open('panels', `&theme=dark&dashboard=${encodeURIComponent(name)}`);
    await tab.setViewportSize({ width: 1500, height: 960 });
    await step(`${name}: every panel draws the frames it gets`, async () => {
      await tab.waitForFunction(() => window.drawn > 0);
      const file = `panels-${name.toLowerCase().replace(/[^a-z]+/g, '-')}`;
      await tab.waitForTimeout(500); // canvases draw in the next frames
      await tab.screenshot({ path: `dist/shots/${file}.png`, fullPage: true });
      assert.equal(await tab.getByTestId('panel').count(), await tab.evaluate(() => window.drawn));
      if (name === 'Service level') await shot(tab, 'panels');
    });
    await tab.close();
  }
}

let failed;
try {
  for (const run of [metric, sql, settings, variable, source, panels]) {
    if (!process.env.ONLY || process.env.ONLY === run.name) await run();
  }
} catch (e) {
  failed = e;
}
await browser.close();
server.close();
if (failed || errors.length) {
  console.error(failed ?? '', errors.join('\n'));
  process.exit(1);
}
console.log(`editors in Chromium: ${steps} steps passed`);
