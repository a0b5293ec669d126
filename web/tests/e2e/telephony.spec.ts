/** From nothing to a call, on the pages alone: phones, a call group, a menu, a number; then real telephones call through it. */
import type { Browser, Page } from '@playwright/test';
import { accessible, expect, fitsWidth, PASSWORD, real, settled, shot, signIn, test } from './support';
import { hasSoftphone, Softphone, type Account } from './softphone';

const PATIENCE = { timeout: 60_000 }; // a busy machine answers late; nothing here measures time
const AGENT = 'Kaja Kuusk';

/** Makes a phone on its page and reads what it must be told. */
async function makePhone(page: Page, account: string, agent?: string): Promise<Account> {
  await page.goto('/phones');
  await settled(page);
  await page.getByLabel('Account, such as an extension').fill(account);
  if (agent) await page.locator('#p-ag').selectOption({ label: agent });
  await page.getByRole('button', { name: 'Make phone' }).click();
  const told = page.getByRole('dialog', { name: `Settings of phone ${account}` });
  await expect(told.getByRole('img', { name: `QR code with the settings of phone ${account}` })).toBeVisible();
  const codes = await told.locator('dl code').allInnerTexts();
  await accessible(page);
  await shot(page, `phone-settings-${account}`);
  await told.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('region', { name: 'Table: Phones' })).toContainText(account);
  return { account: codes[0]!, password: codes[1]!, server: `${codes[2]}:${codes[3]}` };
}

/** Gives the administrator the right to recordings, which no role brings along. */
async function giveRecordings(page: Page): Promise<void> {
  const me = (await (await page.request.get('/api/v1/auth/me')).json()) as { user: string; csrf: string };
  const answer = await page.request.post('/api/v1/setup/roles', { data: { user_id: me.user, role: 'media' }, headers: { 'X-CSRF-Token': me.csrf } });
  expect(answer.status()).toBe(201);
}

/** A user with the role of an agent, on a page of its own. */
async function agentPage(admin: Page, browser: Browser, baseURL: string): Promise<Page> {
  const csrf = ((await (await admin.request.get('/api/v1/auth/me')).json()) as { csrf: string }).csrf;
  const post = async <T>(path: string, data: object = {}) => (await (await admin.request.post(`/api/v1/setup/${path}`, { data, headers: { 'X-CSRF-Token': csrf } })).json()) as T;
  const agents = ((await (await admin.request.get('/api/v1/setup/agents')).json()) as { rows: { id: string; name: string }[] }).rows;
  const user = await post<{ id: string }>('users', { login: 'kaja', name: 'Kaja', agent_id: agents.find((a) => a.name === AGENT)!.id });
  await post('roles', { user_id: user.id, role: 'agent' });
  const { password } = await post<{ password: string }>(`users/${user.id}/password`);
  const page = await browser.newPage({ baseURL, locale: 'en-GB' });
  await page.goto('/');
  await page.getByLabel('User').fill('kaja');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const fields = page.locator('input[type=password]');
  await expect(fields).toHaveCount(3);
  await fields.nth(0).fill(password);
  for (const i of [1, 2]) await fields.nth(i).fill(`${PASSWORD}-kaja`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'My desk' })).toBeVisible(PATIENCE);
  return page;
}

test('a newcomer arranges telephony on the pages and takes a call', async ({ page, browser, baseURL }) => {
  test.skip(!real, 'needs a switch');
  test.skip(!hasSoftphone(), 'needs baresip (.ci/setup.sh peers)');
  test.setTimeout(300_000);
  await signIn(page);

  await test.step('a call group in a few clicks', async () => {
    await page.goto('/call-groups/new');
    await page.getByLabel('Name', { exact: true }).fill('Helpdesk');
    await page.getByLabel('New agent').fill(AGENT);
    await page.getByRole('button', { name: 'Make and add' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: AGENT })).toBeVisible();
    await page.getByLabel('What a call can be about').fill('Printer');
    await page.locator('section', { hasText: 'Wrap-up codes' }).getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByLabel('Wrap-up waits for a code').check();
    await page.getByText('Skills asked of agents').click();
    await page.getByRole('button', { name: 'Add', exact: true }).nth(1).click();
    await page.getByLabel('Skills', { exact: true }).fill('>=');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Look at: options.need')).toBeVisible(PATIENCE); // the switch's own rule, at the field
    await page.getByLabel('Skills', { exact: true }).fill('');
    await page.getByLabel('Recorded').selectOption('always');
    await page.getByText('Opening hours').click(); // the site's own may be over when this runs
    await page.getByRole('button', { name: 'Add hours' }).click();
    for (const day of ['Sat', 'Sun']) await page.getByLabel(day, { exact: true }).check();
    await page.getByRole('textbox', { name: 'From' }).fill('00:00');
    await page.getByRole('textbox', { name: 'Until' }).fill('24:00');
    await accessible(page);
    await shot(page, 'call-group');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('region', { name: 'Table: Call groups' })).toContainText('Helpdesk');
  });

  await test.step('a menu is checked, tried and stored; a number leads to it', async () => {
    await page.goto('/numbers/new');
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Text').click();
    const text = page.getByRole('textbox', { name: 'The text of the menu' });
    await text.fill('name: helpline\nstart: menu\nnodes:\n  menu: {kind: menu, prompt: Press 1., choices: {1: help}, no_match: bye}\n  help: {kind: enqueue, queue: Helpdeks}\n  bye: {kind: hangup}\n');
    await expect(page.getByText('“Helpdeks”: is no known queue')).toBeVisible(PATIENCE);
    await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
    await text.fill((await text.inputValue()).replace('Helpdeks', 'Helpdesk'));
    await expect(page.getByText('Nothing wrong')).toBeVisible(PATIENCE);
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Form').click();
    await page.getByRole('button', { name: /^bye/ }).click();
    await page.getByLabel('What is said').fill('Goodbye.');
    await page.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: '1', exact: true }).click();
    await page.getByRole('button', { name: 'Dial', exact: true }).click();
    await expect(page.getByText('Joins a group')).toBeVisible(PATIENCE);
    await accessible(page);
    await shot(page, 'menu-tried');
    await expect(page.getByText('Nothing wrong')).toBeVisible(PATIENCE);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'helpline' })).toBeVisible(PATIENCE);
    await page.goto('/numbers');
    await page.getByRole('button', { name: 'New number' }).click();
    const form = page.getByRole('dialog', { name: 'New number' });
    await form.getByLabel('Number').fill('4600');
    await form.getByText('Menu', { exact: true }).click();
    await form.locator('select').first().selectOption({ label: 'helpline' });
    await accessible(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('region', { name: 'Table: Numbers' })).toContainText('4600');
  });

  const agent = new Softphone();
  const customer = new Softphone();
  try {
    await agent.start(await makePhone(page, '4001', AGENT), true, 440);
    await customer.start(await makePhone(page, '4099'), false, 880);
    const row = page.getByRole('region', { name: 'Table: Phones' }).getByRole('row', { name: /4001/ });
    await expect(row).toContainText('Phone registered', PATIENCE);

    const desk = await agentPage(page, browser, baseURL!);
    await expect(desk.getByText('Phone registered')).toBeVisible(PATIENCE);
    await desk.getByRole('button', { name: 'Available' }).click();
    await expect(desk.getByText('You are available.')).toBeVisible(PATIENCE);
    await accessible(desk);

    await page.goto('/control');
    await expect(page.getByRole('region', { name: /^Table: Agents/ }).getByRole('row', { name: new RegExp(AGENT) })).toContainText('Available', PATIENCE);

    customer.dial('4600');
    await expect(page.getByRole('region', { name: /^Table: Queues/ })).toContainText('Helpdesk', PATIENCE);
    await expect(async () => {
      customer.command('sndcode', '1'); // heard as soon as the menu asks; afterwards it means nothing
      await expect(desk.getByRole('button', { name: 'Hold', exact: true })).toBeVisible({ timeout: 3000 });
    }).toPass(PATIENCE);
    await expect(desk.getByText('4099')).toBeVisible();
    await accessible(desk);
    await shot(desk, 'desk-call');
    await fitsWidth(desk);

    await desk.getByRole('button', { name: 'Hold', exact: true }).click();
    await expect(desk.getByText('On hold').first()).toBeVisible(PATIENCE);
    await desk.getByRole('button', { name: 'Resume' }).click();
    await expect(desk.getByRole('button', { name: 'Hold', exact: true })).toBeVisible(PATIENCE);

    const talking = page.getByRole('region', { name: /^Table: Agents/ }).getByRole('row', { name: new RegExp(AGENT) });
    await expect(talking).toContainText('Talking', PATIENCE);
    await talking.getByRole('button', { name: `What to do about ${AGENT}` }).click();
    await expect(page.getByRole('dialog', { name: AGENT }).getByRole('button', { name: 'Listen' })).toBeEnabled();
    await accessible(page);
    await page.getByRole('dialog', { name: AGENT }).getByRole('button', { name: 'Close' }).click();

    customer.hangUp();
    await expect(desk.getByText('Wrap-up, left')).toBeVisible(PATIENCE);
    await expect(desk.getByRole('button', { name: 'Ready for the next call' })).toBeDisabled();
    await desk.getByLabel('Printer').check();
    await expect(desk.getByRole('button', { name: 'Ready for the next call' })).toBeEnabled(PATIENCE);
    await accessible(desk);
    await desk.getByRole('button', { name: 'Ready for the next call' }).click();
    await expect(desk.getByText('You are available.')).toBeVisible(PATIENCE);
    await expect(async () => {
      await desk.getByRole('button', { name: 'Refresh' }).click();
      await expect(desk.getByRole('region', { name: 'Table: My calls' })).toContainText('Helpdesk', { timeout: 2000 });
    }).toPass(PATIENCE);
    await desk.close();

    await page.goto('/recordings');
    await settled(page);
    await expect(page.getByText('You may see which recordings there are')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Table: Recordings' })).toContainText('Helpdesk', PATIENCE);
    await expect(page.getByRole('button', { name: /^Hear the recording/ }).first()).toBeDisabled();
    await accessible(page);
    await shot(page, 'recordings-list');
    await giveRecordings(page);
    await page.reload();
    await page.getByRole('button', { name: /^Hear the recording/ }).first().click();
    const heard = () => page.locator('audio').evaluate((a: HTMLAudioElement) => (a.readyState > 0 ? a.duration : 0));
    await expect.poll(heard, PATIENCE).toBeGreaterThan(0.5);
    await accessible(page);
  } finally {
    await Promise.all([agent.stop(), customer.stop()]);
  }
});
