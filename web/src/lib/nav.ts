/** Pages, who sees them, and the keys that lead there. */
import type { Role } from './api/auth';
import type { Key } from './i18n.svelte';

export interface Page {
  path: string;
  label: Key;
  /** Pressed after `g`. */
  key: string;
  roles: Role[];
  /** Also for whoever is linked to an agent, whatever the roles. */
  agents?: boolean;
  /** Keeps the range and queues when one moves between pages. */
  filters: boolean;
}

export interface Section {
  label: Key;
  pages: Page[];
}

const readers: Role[] = ['admin', 'planner', 'manager', 'supervisor', 'quality', 'viewer'];
const forecasts: Role[] = ['admin', 'planner', 'manager', 'supervisor', 'viewer'];
const plans: Role[] = ['admin', 'planner', 'manager', 'supervisor'];
const leads: Role[] = ['admin', 'planner', 'manager', 'supervisor', 'quality'];

const said: Role[] = ['admin', 'manager', 'supervisor', 'quality'];

export const SECTIONS: Section[] = [
  {
    label: 'ui.nav.watch',
    pages: [
      { path: '/live', label: 'ui.nav.live', key: 'l', roles: readers, filters: false },
      { path: '/control', label: 'ui.nav.control', key: 'w', roles: ['admin', 'manager', 'planner', 'supervisor', 'viewer'], filters: false },
      { path: '/desk', label: 'ui.nav.desk', key: 'x', roles: ['agent'], agents: true, filters: false },
    ],
  },
  {
    label: 'ui.nav.reports',
    pages: [
      { path: '/service-level', label: 'ui.nav.service_level', key: 's', roles: readers, filters: true },
      { path: '/abandonment', label: 'ui.nav.abandonment', key: 'a', roles: readers, filters: true },
      { path: '/ivr', label: 'ui.nav.ivr', key: 'v', roles: readers, filters: true },
      { path: '/kpi', label: 'ui.nav.kpi', key: 'k', roles: readers, filters: true },
      { path: '/agents', label: 'ui.nav.agents', key: 'p', roles: leads, filters: true },
      { path: '/calls', label: 'ui.nav.calls', key: 'c', roles: leads, filters: true },
    ],
  },
  {
    label: 'ui.nav.plan',
    pages: [
      { path: '/forecast', label: 'ui.nav.forecast', key: '1', roles: forecasts, filters: false },
      { path: '/staffing', label: 'ui.nav.staffing', key: '2', roles: forecasts, filters: false },
      { path: '/intraday', label: 'ui.nav.intraday', key: '3', roles: forecasts, filters: false },
      { path: '/accuracy', label: 'ui.nav.accuracy', key: '4', roles: forecasts, filters: false },
      { path: '/schedules', label: 'ui.nav.schedules', key: 'e', roles: plans, filters: false },
      { path: '/requests', label: 'ui.nav.requests', key: 'q', roles: plans, filters: false },
      { path: '/adherence', label: 'ui.nav.adherence', key: 'h', roles: plans, filters: false },
      { path: '/contracts', label: 'ui.nav.contracts', key: 'o', roles: plans, filters: false },
      { path: '/my-week', label: 'ui.nav.my_week', key: 'm', roles: ['agent'], filters: false },
    ],
  },
  {
    label: 'ui.nav.said',
    pages: [
      { path: '/recordings', label: 'ui.nav.recordings', key: 'y', roles: said, filters: false },
      { path: '/live-calls', label: 'ui.nav.live_calls', key: 'z', roles: said, filters: false },
      { path: '/transcripts', label: 'ui.nav.transcripts', key: 't', roles: said, filters: false },
      { path: '/scorecards', label: 'ui.nav.scorecards', key: 'r', roles: said, filters: false },
    ],
  },
  {
    label: 'ui.nav.telephony',
    pages: [
      { path: '/call-groups', label: 'ui.nav.call_groups', key: 'b', roles: ['admin', 'manager'], filters: false },
      { path: '/numbers', label: 'ui.nav.numbers', key: 'n', roles: ['admin', 'manager'], filters: false },
      { path: '/phones', label: 'ui.nav.phones', key: 'f', roles: ['admin', 'manager'], filters: false },
    ],
  },
  {
    label: 'ui.nav.manage',
    pages: [
      { path: '/imports', label: 'ui.nav.imports', key: 'i', roles: ['admin', 'planner'], filters: false },
      { path: '/setup', label: 'ui.nav.setup', key: 'u', roles: ['admin', 'planner'], filters: false },
      { path: '/audit', label: 'ui.nav.audit', key: 'd', roles: ['admin'], filters: false },
    ],
  },
];

/** Of the signed-in user, what decides about pages. */
export interface Viewer {
  roles: readonly Role[];
  agent?: string;
}

/** True when the user may see the page. The server decides again on every request. */
export function may(page: Page, user: Viewer): boolean {
  return user.roles.some((role) => page.roles.includes(role)) || (page.agents === true && Boolean(user.agent));
}

/** The sections with the pages this user may see. */
export function sectionsFor(user: Viewer): Section[] {
  return SECTIONS.map((s) => ({ ...s, pages: s.pages.filter((p) => may(p, user)) })).filter((s) => s.pages.length > 0);
}

/** The page a path belongs to. */
export function pageOf(path: string): Page | undefined {
  return SECTIONS.flatMap((s) => s.pages).find((p) => path === p.path || path.startsWith(`${p.path}/`));
}
