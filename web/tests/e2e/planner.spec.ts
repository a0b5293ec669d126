/** A planner makes, changes, publishes and compares a week; only on the real platform, whose data it needs. */
import { accessible, expect, real, settled, shot, signIn, test } from './support';

test('a week from history to publication', async ({ page }) => {
  test.skip(!real, 'the solver and the history are the platform’s');
  test.setTimeout(180_000);
  await signIn(page);
  await page.goto('/schedules');
  await page.getByLabel('Name').fill('Week of the test');
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Week of the test' })).toBeVisible({ timeout: 60_000 });
  await page.getByLabel('Seconds').fill('5');
  await page.getByRole('button', { name: 'Solve' }).click();
  await expect(page.locator('.shift').first()).toBeAttached({ timeout: 120_000 });
  await settled(page);
  await accessible(page);
  await shot(page, 'board');

  const first = page.locator('.shift').first();
  await first.scrollIntoViewIfNeeded();
  await first.focus();
  const before = await first.getAttribute('aria-label');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('.shift.on')).not.toHaveAttribute('aria-label', before ?? '');
  await expect(page.getByRole('button', { name: 'Save' })).toBeEnabled();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await expect(page.locator(`.shift[aria-label="${before}"]`)).toHaveCount(1);

  await page.getByLabel('Note').fill('first');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Published' })).toBeVisible();
  await page.getByRole('region', { name: 'Compare with a published version' }).getByLabel('Version').selectOption({ index: 1 });
  await expect(page.getByText('Nobody has another shift.')).toBeVisible();
});
