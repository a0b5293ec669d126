/** A planner reads next week's requirement, asks why, overrides and tries a target; only on the real platform, whose calls it needs. */
import { accessible, expect, real, settled, shot, signIn, test } from './support';

test('forecast, requirement, why', async ({ page }) => {
  test.skip(!real, 'the forecast is the platform’s');
  test.setTimeout(120_000);
  await signIn(page);

  // Next week's requirement with its band: one click from any page.
  await page.getByRole('link', { name: 'Staffing' }).click();
  await expect(page.getByRole('heading', { name: 'Agents required' })).toBeVisible();
  await settled(page);
  const hours = page.locator('.figure').filter({ hasText: 'Paid hours' });
  await expect(hours).not.toContainText('–');
  const before = await hours.locator('.value').textContent();

  // What if: a higher target costs hours, and the address keeps it.
  await page.getByLabel('Answered in time').fill('0.95');
  await expect(page).toHaveURL(/share=0\.95/);
  await settled(page);
  await expect(hours.locator('.value')).not.toHaveText(before ?? '');
  await page.getByRole('button', { name: 'Back to the set-up' }).click();
  await expect(hours.locator('.value')).toHaveText(before ?? '');
  await accessible(page);

  // Why: the busiest interval, step by step; then an override with its reason.
  await page.getByRole('link', { name: 'Forecast', exact: true }).click();
  await settled(page);
  await expect(page.getByText('A mean day')).toBeVisible();
  const form = page.getByRole('region', { name: 'Overrides' });
  await form.getByLabel('From').fill('10:00');
  await form.getByLabel('To').fill('11:00');
  await form.getByLabel('Amount').fill('77');
  await form.getByLabel('Why').fill('letter to all customers');
  await form.getByRole('button', { name: 'Override' }).click();
  await expect(form.getByRole('cell', { name: 'letter to all customers' })).toBeVisible();
  await expect(page.getByText('As published').first()).toBeVisible();
  await settled(page);
  await accessible(page);
  await shot(page, 'forecast-overridden');
  await form.getByRole('button', { name: 'Take back' }).first().click();
  await expect(form.getByText('No overrides in these dates.')).toBeVisible();

  await page.getByRole('link', { name: 'Accuracy' }).click();
  await expect(page.getByRole('heading', { name: 'Evidence when the methods were chosen' })).toBeVisible();
  await settled(page);
  await accessible(page);
});
