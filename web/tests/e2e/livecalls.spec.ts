import { accessible, expect, fitsWidth, settled, shot, signIn, test } from './support';
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
