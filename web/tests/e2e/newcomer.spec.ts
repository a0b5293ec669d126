/**
 * The first hour of a manager with the files of an old switch: a real bank's records (Technion, October 1999), uploaded
 * with the shipped profile, read as service level and abandonment for every half hour. Needs the real platform and the
 * shared test data.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { accessible, real, settled, shot, signIn, test } from './support.ts';

const file = join(process.env.AGNER_TESTDATA ?? '../../shared/data', 'calls/technion_calls_1999_jan_feb_oct.csv.gz');

test.skip(!real, 'the mock has no importer');
test.skip(!existsSync(file), 'the shared test data is absent');

test('the records of a bank are uploaded and read for every half hour of October 1999', async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page);
  await page.goto('/imports');
  await page.setInputFiles('input[type=file]', file);
  await expect(page.getByLabel('Format')).toHaveValue('csv');
  await expect(page.getByLabel('Profile')).toHaveValue('technion');
  await expect(page.getByLabel('Time zone of the centre')).toHaveValue('Asia/Jerusalem');
  await shot(page, 'newcomer-chosen');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('link', { name: 'Open the service level' }).waitFor({ timeout: 120_000 });
  await expect(page.locator('main')).toContainText('98,903'); // rows used, numbers.md section 1
  await accessible(page);
  await shot(page, 'newcomer-imported');
  await page.getByRole('link', { name: 'Open the service level' }).click();
  await settled(page);
  expect(page.url()).toMatch(/from=1999-10-01&to=1999-11-01/);
  await expect(page.locator('main')).toContainText('Asia/Jerusalem');
  await expect(page.locator('main tr', { hasText: 'Fri 1 Oct 07:00' })).toBeVisible(); // the bank opens at seven
  await shot(page, 'newcomer-service-level');
  await page.goto(page.url().replace('/service-level', '/abandonment'));
  await settled(page);
  await expect(page.locator('main')).toContainText('Patience');
  await accessible(page);
  await shot(page, 'newcomer-abandonment');
});
