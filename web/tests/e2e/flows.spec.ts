/** What people do on the pages. These run against the mock and against a real instance that has data. */
import { readFile } from 'node:fs/promises';
import { accessible, expect, settled, shot, signIn, test } from './support';

test('the skip link, the focus order and the shortcuts work without a mouse', async ({ page }) => {
  await signIn(page);
  await page.goto('/service-level');
  await settled(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toBeVisible();
  await accessible(page);
  await shot(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page.getByRole('heading', { level: 1, name: 'Abandonment' })).toBeFocused();
  expect(page.url()).toContain('/abandonment');
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Service level' })).toBeVisible();
});

test('a figure shows its formula with the numbers in it', async ({ page }) => {
  await signIn(page);
  await page.goto('/service-level');
  await settled(page);
  await page.getByRole('button', { name: 'Formula: Abandonment', exact: true }).first().click();
  const panel = page.getByRole('dialog', { name: 'Formula: Abandonment', exact: true }).first();
  await expect(panel).toContainText('abandoned / offered');
  await expect(panel).toContainText(/= ?[\d,]+ \/ [\d,]+/);
  await expect(panel).toContainText(/= ?[\d.]+%/);
  await accessible(page);
  await shot(page, 'formula');
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await page.getByRole('button', { name: /^All formulas:/ }).first().click();
  const all = page.getByRole('dialog').filter({ hasText: 'answered within T' });
  await expect(all).toContainText(/Service level/);
  await accessible(page);
  await shot(page, 'explain');
});

test('the address holds range, thresholds, variant and sort, and a copy of it shows the same', async ({ page, context }) => {
  await signIn(page);
  await page.goto('/service-level');
  await settled(page);
  await page.getByLabel('T, s').fill('30');
  await page.keyboard.press('Enter');
  await page.getByRole('radiogroup', { name: 'Interval' }).getByText('Day', { exact: true }).click();
  await page.getByRole('radio', { name: /Service level of answered/ }).check();
  await settled(page);
  await page.getByRole('button', { name: 'Offered', exact: true }).click();
  await expect(page.getByRole('columnheader', { name: /^Offered/ })).toHaveAttribute('aria-sort', 'descending');
  const url = new URL(page.url());
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ within: '30', interval: '1d', sl: 'sl_answered', 'sl.sort': 'offered.desc' });
  const first = await page.getByRole('region', { name: 'Table: Interval by interval' }).locator('tbody tr').first().innerText();
  const copy = await context.newPage();
  await copy.goto(url.pathname + url.search);
  await settled(copy);
  await expect(copy.getByLabel('T, s')).toHaveValue('30');
  expect(await copy.getByRole('region', { name: 'Table: Interval by interval' }).locator('tbody tr').first().innerText()).toBe(first);
});

test('pickers offer only days that have data', async ({ page }) => {
  await signIn(page);
  await page.goto('/service-level');
  await settled(page);
  const meta = (await (await page.request.get('/api/v1/meta')).json()) as { data_range: { from: string; to: string } };
  await page.getByRole('button', { name: /\d{4}/ }).first().click();
  const panel = page.getByRole('dialog', { name: 'Period' });
  await expect(panel.getByLabel('From')).toHaveAttribute('min', meta.data_range.from.slice(0, 10));
  await expect(panel.getByLabel('Last day').first()).toHaveAttribute('max', meta.data_range.to.slice(0, 10));
  await accessible(page);
  await shot(page, 'range');
  await panel.getByRole('button', { name: 'Everything' }).click();
  await settled(page);
  expect(new URL(page.url()).searchParams.get('from')).toBe(meta.data_range.from.slice(0, 10));
  await expect(page.getByRole('button', { name: 'Earlier period' })).toBeDisabled();
});

test('tables filter and export what they show', async ({ page }) => {
  await signIn(page);
  await page.goto('/agents');
  await settled(page);
  const region = page.getByRole('region', { name: 'Table: Activity' });
  const name = (await region.locator('tbody tr').nth(1).locator('td').first().innerText()).trim();
  await page.getByRole('searchbox', { name: 'Filter: Activity' }).fill(name);
  await expect(region.locator('tbody tr').first()).toContainText(name);
  const waiting = page.waitForEvent('download');
  await page.locator('section', { has: region }).getByRole('button', { name: 'Export CSV' }).click();
  const text = await readFile((await (await waiting).path())!, 'utf8');
  expect(text.startsWith('\ufeffAgent,')).toBe(true);
  expect(text.trim().split('\r\n').slice(1).every((line) => line.includes(name))).toBe(true);
  await page.getByRole('searchbox', { name: 'Filter: Activity' }).fill('nobody of this name');
  await expect(region).toContainText('No row fits this filter');
});

test('a chart can be read without a mouse, and as a table', async ({ page }) => {
  await signIn(page);
  await page.goto('/abandonment');
  await settled(page);
  const chart = page.getByRole('slider', { name: 'Chart: Time to abandon beside time to answer' });
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  await expect(chart).toHaveAttribute('aria-valuetext', /of abandoned .*%.*of answered/);
  await page.locator('figure', { has: chart }).getByText('The figures as a table').click();
  await expect(page.getByRole('region', { name: 'Table: Time to abandon beside time to answer' }).locator('tbody tr').first()).toContainText('%');
});

test('four languages, kept for the next visit', async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page);
  await page.goto('/account');
  const picks: [string, string, string][] = [['zh-Hans', '我的账户', '服务水平'], ['zh-Hant', '我的帳戶', '服務水準'], ['et', 'Minu konto', 'Teenindustase']];
  for (const [tag, account, level] of picks) {
    await page.locator('#a-lang').selectOption(tag);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(account);
    await expect(page.locator('html')).toHaveAttribute('lang', tag);
    await page.goto('/service-level');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(level);
    await settled(page);
    await shot(page, `language-${tag}`);
    await page.goto('/account');
  }
  await page.locator('#a-lang').selectOption('en');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account');
});

test('the theme can be chosen and stays', async ({ page }) => {
  await signIn(page);
  await page.goto('/account');
  await page.getByText('Dark', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByText('As the system').click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', /./);
});

test('a page asks for each thing once', async ({ page }) => {
  await signIn(page);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/')) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  page.on('framenavigated', () => (asked.length = 0)); // what the page before still asked for
  await page.goto('/service-level');
  await expect(page.getByRole('region', { name: 'Table: Interval by interval' })).toBeVisible();
  await settled(page);
  expect(asked.sort()).toEqual(['GET /api/v1/auth/me', 'GET /api/v1/definitions', 'GET /api/v1/meta', 'GET /api/v1/reports/service-level']);
});

test('the live page follows the stream', async ({ page }) => {
  await signIn(page);
  await page.goto('/live');
  await expect(page.getByText('● Live')).toBeVisible();
});

test('a call opens as a timeline of its events', async ({ page }) => {
  await signIn(page);
  await page.goto('/calls');
  await settled(page);
  await page.getByRole('region', { name: 'Table: Calls' }).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'One call' })).toBeVisible();
  await settled(page);
  await expect(page.getByText('Joined the queue')).toBeVisible();
  await accessible(page);
});

test('signing out ends the session', async ({ page }) => {
  await signIn(page);
  await page.getByRole('button', { name: 'User menu' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.goto('/calls');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});
