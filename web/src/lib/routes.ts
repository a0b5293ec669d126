/** Which page answers which path. Every page is a chunk of its own. */
import type { Component } from 'svelte';

/** Every page may take the path's parameters; most have none. */
export type Page = Component<any>;

export interface Match {
  load: () => Promise<{ default: Page }>;
  params: string[];
  name: string;
}

type Load = Match['load'];

const ROUTES: [pattern: RegExp, name: string, load: Load][] = [
  [/^\/live$/, 'live', () => import('../pages/Live.svelte')],
  [/^\/service-level$/, 'service-level', () => import('../pages/ServiceLevel.svelte')],
  [/^\/abandonment$/, 'abandonment', () => import('../pages/Abandonment.svelte')],
  [/^\/ivr$/, 'ivr', () => import('../pages/Ivr.svelte')],
  [/^\/agents$/, 'agents', () => import('../pages/Agents.svelte')],
  [/^\/calls$/, 'calls', () => import('../pages/Calls.svelte')],
  [/^\/calls\/([^/]+)$/, 'call', () => import('../pages/Call.svelte')],
  [/^\/kpi$/, 'kpi', () => import('../pages/Kpi.svelte')],
  [/^\/imports$/, 'imports', () => import('../pages/Imports.svelte')],
  [/^\/imports\/([^/]+)$/, 'import', () => import('../pages/ImportRun.svelte')],
  [/^\/setup(?:\/([^/]+))?$/, 'setup', () => import('../pages/Setup.svelte')],
  [/^\/audit$/, 'audit', () => import('../pages/Audit.svelte')],
  [/^\/account$/, 'account', () => import('../pages/Account.svelte')],
];

/** Finds the page of a path. */
export function match(path: string): Match | null {
  for (const [pattern, name, load] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { name, load, params: found.slice(1).map((p) => (p === undefined ? '' : decodeURIComponent(p))) };
  }
  return null;
}
