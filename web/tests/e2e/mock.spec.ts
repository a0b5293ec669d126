/** What needs data, users or faults that only the mock can promise. */
import { accessible, expect, real, settled, shot, signIn, test, PASSWORD } from './support';

test.skip(real, 'these tests need the users, rows and faults of the mock');

test('a wrong password is refused, and says what to do', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('User').fill('admin');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText('User or password is wrong. Check both and try again.');
  await expect(page.getByLabel('Password')).toHaveValue('');
  await accessible(page);
});

test('the one-time password has to be changed first', async ({ page }) => {
  await signIn(page, 'newcomer');
  await expect(page.getByRole('heading', { name: 'Choose your password' })).toBeVisible();
  await accessible(page);
  await shot(page, 'new-password');
  await page.getByLabel('One-time password').fill('not this');
  await page.getByLabel('New password', { exact: true }).fill('short');
  await expect(page.getByText('At least 10 characters')).toHaveClass('wrong');
  await page.getByLabel('New password', { exact: true }).fill('four quiet otters');
  await page.getByLabel('New password again').fill('four quiet otters');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The old password is wrong.')).toBeVisible();
  await page.getByLabel('One-time password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Live overview' })).toBeVisible();
});

test('navigation shows what the role may do', async ({ page }) => {
  await signIn(page, 'viewer');
  const nav = page.getByRole('navigation', { name: 'Main' });
  await expect(nav.getByRole('link', { name: 'Abandonment' })).toBeVisible();
  await expect(nav.getByRole('link', { name: 'Set-up' })).toHaveCount(0);
  await page.goto('/setup/queues');
  await expect(page.getByText('Your role does not allow this.')).toBeVisible();
  await expect(page.getByText('Ask an administrator for the role you need.')).toBeVisible();
  await accessible(page);
});

test('an empty store offers the upload and the sample centre', async ({ page }) => {
  await signIn(page, 'empty');
  await expect(page.getByRole('heading', { name: 'There is no data yet' })).toBeVisible();
  await accessible(page);
  await shot(page, 'empty');
  await page.getByRole('button', { name: 'Make a sample centre' }).click();
  await expect(page.getByRole('heading', { name: 'Done' })).toBeVisible({ timeout: 10_000 });
});

test('a file is dropped, recognised, imported and opened on its range', async ({ page }) => {
  await signIn(page);
  // The formats come late: the file is recognised all the same.
  await page.route('**/api/v1/import-formats', async (route) => {
    await page.waitForFunction(() => document.body.innerText.includes('october.csv'));
    await route.continue();
  });
  await page.goto('/imports');
  const text = 'vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server\n';
  const data = await page.evaluateHandle((csv) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([csv], 'october.csv', { type: 'text/csv' }));
    return transfer;
  }, text);
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: data });
  await expect(page.getByText('october.csv')).toBeVisible();
  await expect(page.getByLabel('Format')).toHaveValue('csv');
  await expect(page.getByLabel('Profile')).toHaveValue('technion');
  await expect(page.getByLabel('Time zone of the centre')).toHaveValue('Asia/Jerusalem');
  await shot(page, 'import-chosen');
  await accessible(page);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Done' })).toBeVisible({ timeout: 10_000 });
  await expect(page.getByText('left in the voice menu, never in a queue')).toBeVisible();
  await accessible(page);
  await shot(page, 'import-done');
  await page.getByRole('link', { name: 'Open the service level' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Service level' })).toBeVisible();
  expect(page.url()).toMatch(/from=2026-07-01&to=2026-08-01/);
});

test('a broken file says what is stored and what to do', async ({ page }) => {
  await signIn(page);
  await page.goto('/imports');
  await page.setInputFiles('input[type=file]', { name: 'broken_queue_log', mimeType: 'text/plain', buffer: Buffer.from('1366720340|1366720340.303267|Q|SIP/1|CONNECT|3|x|3\n') });
  await expect(page.getByLabel('Format')).toHaveValue('queue_log');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByText('line 4211: a line longer than 1 MiB')).toBeVisible();
  await expect(page.getByText('The store is complete up to the line named.', { exact: false })).toBeVisible();
  await accessible(page);
});

test('a failing report says so and can be tried again', async ({ page }) => {
  await signIn(page);
  await page.goto('/service-level?from=2026-05-05&to=2026-05-06');
  await expect(page.getByRole('heading', { name: 'A part of Agner is not running.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await shot(page, 'error');
  await accessible(page);
});

test('an empty range says where there is data', async ({ page }) => {
  await signIn(page);
  await page.goto('/service-level?from=2025-01-01&to=2025-01-08');
  await expect(page.getByRole('heading', { name: 'No calls in this period' })).toBeVisible();
  await page.getByRole('button', { name: 'Show the latest data' }).click();
  await settled(page);
  await expect(page.getByRole('heading', { name: 'Interval by interval' })).toBeVisible();
});

test('a set-up row is made, refused twice, changed and retired', async ({ page }) => {
  await signIn(page);
  await page.goto('/setup/teams');
  await page.getByRole('button', { name: 'New team' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Team Koidula');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('cell', { name: 'Team Koidula', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'New team' }).click();
  await dialog.getByLabel('Name').fill('Team Koidula');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toHaveText('Something of this name exists already.');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Edit Team Koidula' }).click();
  await dialog.getByRole('button', { name: 'Retire' }).click();
  await expect(page.getByRole('cell', { name: 'Team Koidula', exact: true })).toHaveCount(0);
  await page.getByLabel('Show retired').check();
  await expect(page.getByRole('row', { name: /Team Koidula/ })).toContainText('retired');
});

test('a queue gets a target from a day on', async ({ page }) => {
  await signIn(page);
  await page.goto('/setup/queues');
  await page.getByRole('button', { name: 'Edit Regular customers' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: 'Service level targets' })).toBeVisible();
  await expect(dialog.getByRole('cell', { name: '80 %' })).toBeVisible();
  await accessible(page);
  await shot(page, 'setup-queue');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByLabel('Holds from').fill('2026-07-01');
  await dialog.getByLabel('Share, %').fill('90');
  await dialog.getByLabel('T, s').fill('10');
  await dialog.getByRole('button', { name: 'Save' }).last().click();
  await expect(dialog.getByRole('cell', { name: '90 %' })).toBeVisible();
});

test('a setting is saved at once and survives a reload', async ({ page }) => {
  await signIn(page);
  await page.goto('/setup/settings');
  await page.locator('[id="set-sl.share"]').fill('85');
  await page.keyboard.press('Tab');
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(page.locator('[id="set-sl.share"]')).toHaveValue('85');
});

test('a token is shown once and can be revoked', async ({ page }) => {
  await signIn(page);
  await page.goto('/account');
  await page.getByLabel('What is it for?').fill('dashboard');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await expect(page.getByText('agner_mock_0123456789')).toBeVisible();
  await page.getByRole('button', { name: 'Revoke dashboard' }).click();
  await expect(page.getByRole('button', { name: 'Revoke dashboard' })).toHaveCount(0);
});

test('an ended session leads back to the login and then to the same page', async ({ page, context }) => {
  await signIn(page);
  await page.goto('/kpi?compare=weekday');
  await settled(page);
  await context.clearCookies();
  await page.getByText('Period before').click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('User').fill('admin');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Key figures' })).toBeVisible();
});
