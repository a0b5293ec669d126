import { defineConfig } from '@playwright/test';

/** With AGNER_E2E_URL (and AGNER_E2E_PASSWORD) the suite runs against a real instance, else against the mock. */
const real = process.env.AGNER_E2E_URL;
const port = 8479;

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  timeout: 45_000,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    baseURL: real ?? `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Tallinn',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  webServer: real ? undefined : { command: 'node tests/mock/server.mjs', url: `http://127.0.0.1:${port}/healthz`, env: { PORT: String(port) }, reuseExistingServer: false },
});
