/** What every page test needs: signing in, watching for faults, and the accessibility check. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test as base, type Page } from '@playwright/test';

export const real = Boolean(process.env.AGNER_E2E_URL);
export const PASSWORD = real ? (process.env.AGNER_E2E_PASSWORD ?? '') : 'mock-password';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  impact: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** A test that fails on any script error, content policy violation or request to another host. */
export const test = base.extend<{ faults: string[] }>({
  faults: [
    async ({ page, baseURL }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (/^https?:$/.test(url.protocol) && url.origin !== new URL(baseURL!).origin) faults.push(`request to ${url.origin}`);
      });
      await use(faults);
      expect(faults, 'script errors, policy violations, foreign requests').toEqual([]);
    },
    { auto: true },
  ],
});

/** Signs in through the form. */
export async function signIn(page: Page, user = 'admin'): Promise<void> {
  await page.goto('/');
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('#password')).toHaveCount(0);
}

/** Waits until nothing on the page is loading. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('main .loading')).toHaveCount(0);
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** No serious or critical finding of axe-core. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(axeSource);
  const findings = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: (root: Document, options: object) => Promise<{ violations: unknown[] }> } }).axe;
    return (await axe.run(document, { resultTypes: ['violations'] })).violations;
  });
  const bad = (findings as Finding[]).filter((f) => f.impact === 'serious' || f.impact === 'critical');
  const text = bad.map((f) => `${f.id} (${f.impact}): ${f.help}\n  ${f.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} – ${n.failureSummary.replace(/\s+/g, ' ')}`).join('\n  ')}`);
  expect.soft(text, 'serious accessibility findings').toEqual([]);
}

/** The page itself never scrolls sideways; wide tables scroll in their own box. */
export async function fitsWidth(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(over, 'horizontal overflow in px').toBeLessThanOrEqual(0);
}

/** Keeps a screenshot when AGNER_SHOTS names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  const dir = process.env.AGNER_SHOTS;
  if (dir) await page.screenshot({ path: `${dir}/${name}.png`, fullPage: true });
}

export { expect };
