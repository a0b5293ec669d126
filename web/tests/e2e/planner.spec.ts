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

  // Hours are put up for the Friday evening; an agent of that week claims them on their own page.
  const id = decodeURIComponent(new URL(page.url()).pathname.split('/').pop()!);
  const sheet = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/schedules/${encodeURIComponent(id)}`);
  const friday = new Date(Date.parse(`${sheet.from}T00:00:00Z`) + 4 * 86_400_000).toISOString().slice(0, 10);
  await page.goto('/requests');
  await settled(page);
  const offers = page.getByRole('region', { name: 'Hours on offer' });
  await offers.getByLabel('Schedule').selectOption(id);
  await offers.getByLabel('Start').fill(`${friday}T20:00`);
  await offers.getByLabel('Minutes').fill('60');
  await offers.getByRole('button', { name: 'Offer hours' }).click();
  await expect(offers.getByText('0 of 1 taken')).toBeVisible();
  await settled(page);
  await accessible(page);
  await shot(page, 'requests-offer');

  // A meeting that nobody had planned is laid over somebody's Friday.
  await page.goto(`/adherence?date=${friday}`);
  await settled(page);
  const exceptions = page.getByRole('region', { name: 'Exceptions' });
  await exceptions.getByLabel('Who').selectOption({ index: 1 });
  await exceptions.getByLabel('Note').fill('fire drill');
  await exceptions.getByRole('button', { name: 'Add the exception' }).click();
  await expect(exceptions.getByText('09:00–09:30')).toBeVisible();
  await settled(page);
  await accessible(page);
  await shot(page, 'adherence-exceptions');

  const worker = sheet.draft.shifts.find((s: { date: string; blocks: { start: string; minutes: number }[] }) => s.date === friday && Number(s.blocks[0]!.start.slice(11, 13)) >= 8)!;
  const once = await page.evaluate(async (agent) => {
    const { csrf } = await (await fetch('/api/v1/auth/me')).json();
    const post = async (path: string, body?: unknown) =>
      (await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: JSON.stringify(body) })).json();
    const user = await post('/api/v1/setup/users', { login: 'worker', name: 'Worker', agent_id: agent });
    await post('/api/v1/setup/roles', { user_id: user.id, role: 'agent' });
    return (await post(`/api/v1/setup/users/${encodeURIComponent(user.id)}/password`)).password as string;
  }, worker.agent);
  await page.context().clearCookies();
  await page.goto('/');
  await page.getByLabel('User').fill('worker');
  await page.getByLabel('Password').fill(once);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const fields = page.locator('input[type=password]');
  await expect(fields).toHaveCount(3);
  await fields.nth(0).fill(once);
  await fields.nth(1).fill('Evening-hours-1909');
  await fields.nth(2).fill('Evening-hours-1909');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'My week' })).toBeVisible();
  await page.goto(`/my-week?from=${sheet.from}`);
  await settled(page);
  const mine = page.getByRole('region', { name: 'Hours on offer' });
  await mine.getByRole('button', { name: 'Take', exact: true }).click();
  await expect(page.getByText('It is in your week now.')).toBeVisible();
  await expect(page.getByText('20:00–21:00 (extra)')).toBeVisible();
  const wishes = page.getByRole('region', { name: 'My wishes' });
  await wishes.getByRole('button', { name: 'Add' }).click();
  await wishes.getByLabel('I agree to split shifts').check();
  await wishes.getByRole('button', { name: 'Save' }).click();
  await expect(wishes.getByText('Saved.')).toBeVisible();
  await settled(page);
  await accessible(page);
  await shot(page, 'my-week');
});
