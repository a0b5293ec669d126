// How long a page takes until its figures stand: node scripts/pageload.mjs URL PASSWORD PATH [RUNS]
// Signs in as admin (choosing a password if it must), opens PATH RUNS times and prints one line of
// JSON: milliseconds from the start of navigation to the last figure, each run.
import { chromium } from '@playwright/test';

const [url, password, path, runs = '5'] = process.argv.slice(2);
const own = 'Page-load-measure-1909';
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
await page.goto(url);
await page.getByLabel('User').fill('admin');
await page.getByLabel('Password').fill(password);
await page.getByRole('button', { name: 'Sign in' }).click();
const fields = page.locator('input[type=password]');
await page.waitForFunction(() => document.querySelectorAll('input[type=password]').length !== 1);
if ((await fields.count()) > 1) {
  await fields.nth(0).fill(password);
  for (let i = 1; i < (await fields.count()); i++) await fields.nth(i).fill(own);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('input[type=password]').length === 0);
}
const times = [];
for (let i = 0; i < Number(runs); i++) {
  await page.goto('about:blank');
  await page.goto(url + path, { waitUntil: 'commit' });
  const ms = await page.waitForFunction(() => {
    const done = document.querySelector('main table tbody tr td') && !document.querySelector('main .loading, main [aria-busy="true"]');
    return done ? performance.now() : 0;
  }, undefined, { polling: 'raf' });
  times.push(Math.round(await ms.jsonValue()));
}
await browser.close();
console.log(JSON.stringify(times));
