/** What is being said in calls, with made-up calls: turns, a partial, alerts, and the recordings that wait. */
import { accessible, expect, fitsWidth, real, settled, shot, signIn, test } from './support';

test.skip(real, 'the real platform has no call at this moment; cmd/agner makes one');

for (const width of [1440, 390]) test(`live calls ${width}`, async ({ page }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width, height: 900 });
  await page.goto('/');
  await signIn(page);
  await page.goto('/live-calls');
  await expect(page.getByText('I want to cancel my account.')).toBeVisible();
  await expect(page.getByText('Rule: leaving')).toBeVisible();
  await expect(page.getByText('the switch does not answer')).toBeVisible();
  await settled(page);
  await shot(page, `lc-${width}`);
  await fitsWidth(page);
  await accessible(page);
});
