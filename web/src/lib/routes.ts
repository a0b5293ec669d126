/** Which page answers which path. Every page is a chunk of its own. */
import type { Component } from 'svelte';
import { loadRest } from './i18n.svelte';

/** Every page may take the path's parameters; most have none. */
export type Page = Component<any>;

export interface Match {
  load: () => Promise<{ default: Page }>;
  params: string[];
  name: string;
}

type Load = Match['load'];

/** A page whose texts are not in the first load. */
const later = (load: Load): Load => async () => (await Promise.all([load(), loadRest()]))[0];

const ROUTES: [pattern: RegExp, name: string, load: Load][] = [
  [/^\/live$/, 'live', () => import('../pages/Live.svelte')],
  [/^\/control$/, 'control', later(() => import('../pages/Control.svelte'))],
  [/^\/desk$/, 'desk', later(() => import('../pages/Desk.svelte'))],
  [/^\/call-groups(?:\/([^/]+))?$/, 'call-groups', later(() => import('../pages/CallGroups.svelte'))],
  [/^\/numbers(?:\/([^/]+))?$/, 'numbers', later(() => import('../pages/Numbers.svelte'))],
  [/^\/phones$/, 'phones', later(() => import('../pages/Phones.svelte'))],
  [/^\/recordings$/, 'recordings', later(() => import('../pages/Recordings.svelte'))],
  [/^\/service-level$/, 'service-level', () => import('../pages/ServiceLevel.svelte')],
  [/^\/abandonment$/, 'abandonment', () => import('../pages/Abandonment.svelte')],
  [/^\/ivr$/, 'ivr', later(() => import('../pages/Ivr.svelte'))],
  [/^\/agents$/, 'agents', later(() => import('../pages/Agents.svelte'))],
  [/^\/calls$/, 'calls', later(() => import('../pages/Calls.svelte'))],
  [/^\/calls\/([^/]+)$/, 'call', later(() => import('../pages/Call.svelte'))],
  [/^\/kpi$/, 'kpi', later(() => import('../pages/Kpi.svelte'))],
  [/^\/forecast$/, 'forecast', later(() => import('../pages/Forecast.svelte'))],
  [/^\/staffing$/, 'staffing', later(() => import('../pages/Staffing.svelte'))],
  [/^\/intraday$/, 'intraday', later(() => import('../pages/Intraday.svelte'))],
  [/^\/accuracy$/, 'accuracy', later(() => import('../pages/Accuracy.svelte'))],
  [/^\/schedules$/, 'schedules', later(() => import('../pages/Schedules.svelte'))],
  [/^\/schedules\/([^/]+)$/, 'board', later(() => import('../pages/Board.svelte'))],
  [/^\/requests$/, 'requests', later(() => import('../pages/Requests.svelte'))],
  [/^\/adherence$/, 'adherence', later(() => import('../pages/Adherence.svelte'))],
  [/^\/contracts$/, 'contracts', later(() => import('../pages/Contracts.svelte'))],
  [/^\/my-week$/, 'my-week', later(() => import('../pages/MyWeek.svelte'))],
  [/^\/imports$/, 'imports', later(() => import('../pages/Imports.svelte'))],
  [/^\/imports\/([^/]+)$/, 'import', later(() => import('../pages/ImportRun.svelte'))],
  [/^\/setup(?:\/([^/]+))?$/, 'setup', later(() => import('../pages/Setup.svelte'))],
  [/^\/live-calls$/, 'live-calls', later(() => import('../pages/LiveCalls.svelte'))],
  [/^\/transcripts$/, 'transcripts', later(() => import('../pages/Transcripts.svelte'))],
  [/^\/transcripts\/([^/]+)$/, 'transcript', later(() => import('../pages/Transcript.svelte'))],
  [/^\/scorecards$/, 'scorecards', later(() => import('../pages/Scorecards.svelte'))],
  [/^\/audit$/, 'audit', later(() => import('../pages/Audit.svelte'))],
  [/^\/account$/, 'account', later(() => import('../pages/Account.svelte'))],
];

/** Finds the page of a path. */
export function match(path: string): Match | null {
  for (const [pattern, name, load] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { name, load, params: found.slice(1).map((p) => (p === undefined ? '' : decodeURIComponent(p))) };
  }
  return null;
}
