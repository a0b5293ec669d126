/** Every page, dark and light, wide and narrow: draws, is accessible, fits, asks nobody else for anything. */
import { accessible, expect, fitsWidth, real, settled, shot, signIn, test } from './support';

const PAGES: [name: string, path: string, heading: string][] = [
  ['live', '/live', 'Live overview'],
  ['service-level', '/service-level', 'Service level'],
  ['abandonment', '/abandonment', 'Abandonment'],
  ['ivr', '/ivr', 'Voice menu'],
  ['kpi', '/kpi', 'Key figures'],
  ['agents', '/agents', 'Agents'],
  ['calls', '/calls', 'Calls'],
  ['scorecards', '/scorecards', 'Scorecards'],
  ['imports', '/imports', 'Import'],
  ['setup-queues', '/setup/queues', 'Set-up'],
  ['setup-settings', '/setup/settings', 'Set-up'],
  ['audit', '/audit', 'Audit log'],
  ['account', '/account', 'Your account'],
  ['not-found', '/no-such-page', 'There is no such page'],
];
if (real) {
  PAGES.push(['control', '/control', 'Agents and queues'], ['call-groups', '/call-groups', 'Call groups'], ['call-group', '/call-groups/new', 'New call group'], ['numbers', '/numbers', 'Numbers and menus'], ['menu', '/numbers/new', 'New menu'], ['phones', '/phones', 'Phones and trunks'], ['recordings', '/recordings', 'Recordings'], ['schedules', '/schedules', 'Schedules'], ['requests', '/requests', 'Requests'], ['adherence', '/adherence', 'Adherence'], ['contracts', '/contracts', 'Contracts and rules']);
  PAGES.push(['forecast', '/forecast', 'Forecast'], ['forecast-days', '/forecast?span=quarter', 'Forecast'], ['staffing', '/staffing', 'Staffing'], ['intraday', '/intraday', 'Intraday'], ['accuracy', '/accuracy', 'Accuracy']);
}
// On the real platform transcripts need a grant that the first administrator has to give.
if (!real) PAGES.push(['live-calls', '/live-calls', 'Live calls'], ['transcripts', '/transcripts?q=cancel', 'Transcripts'], ['call', '/calls/int_20260801_3', 'One call'], ['before-after', '/abandonment?at=2026-07-06&days=28', 'Abandonment']);

for (const width of [1440, 390]) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every page at ${width} px, ${scheme}`, async ({ page }) => {
      test.setTimeout(240_000);
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto('/');
      await expect(page.getByRole('heading', { name: 'Agner' })).toBeVisible();
      await accessible(page);
      await shot(page, `login-${width}-${scheme}`);
      await signIn(page);
      for (const [name, path, heading] of PAGES) {
        await test.step(name, async () => {
          await page.goto(path);
          await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
          await settled(page);
          await expect.soft(page.getByRole('alert')).toHaveCount(0);
          await shot(page, `${name}-${width}-${scheme}`);
          await fitsWidth(page);
          await accessible(page);
        });
      }
    });
  }
}
