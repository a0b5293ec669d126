/** A call group as its form holds it, and the requests that make the stored rows so: pure, so that it can be tested without a page. */
import type { SetupRow } from './api/setup';

export interface Action {
  do: string;
  target: string;
}

export interface MemberDraft {
  agent_id: string;
  tier: number;
}

export interface Routing {
  strategy: string;
  weight: number;
  ring_s: number;
  wrap_up_s: number;
  max_waiting: number;
  max_wait_s: number;
  entry: string;
  announce_s: number;
  actions: Record<string, Action>;
  record: string;
  keep_days: number;
  options: Record<string, unknown>;
}

export const STRATEGIES = ['longest_idle', 'sequential', 'circular', 'fewest_calls', 'least_occupied', 'simultaneous', 'random', 'skilled', 'advised'];
export const EVENTS = ['timeout', 'empty', 'full', 'closed', 'long'] as const;
export const DEEDS = ['', 'queue', 'number', 'voicemail', 'message', 'callback'];
export const KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'];

/** What a new call group starts with; the switch's own defaults. */
export const blankRouting = (): Routing => ({
  strategy: 'longest_idle', weight: 0, ring_s: 20, wrap_up_s: 30, max_waiting: 0, max_wait_s: 0, entry: '', announce_s: 0, actions: {}, record: '', keep_days: 0, options: {},
});

/** The routing of a stored row, without its head. */
export function routingOf(row: SetupRow | undefined): Routing {
  const blank = blankRouting();
  if (!row) return blank;
  const out = Object.fromEntries(Object.keys(blank).map((key) => [key, row[key] ?? blank[key as keyof Routing]])) as unknown as Routing;
  return structuredClone({ ...out, strategy: out.strategy || 'longest_idle' });
}

/** What differs between two routings; actions and options go whole. */
export function routingChanges(before: Routing, after: Routing): Partial<Routing> {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(after) as (keyof Routing)[]) if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) out[key] = after[key];
  return out as Partial<Routing>;
}

export interface MemberSteps {
  add: { agent_id: string; tier: number; place: number }[];
  change: { row: SetupRow; body: { tier: number; place: number } }[];
  remove: SetupRow[];
}

/** The requests that turn stored memberships into the list of the form; the place in the list is the order of ringing. */
export function memberSteps(stored: SetupRow[], wanted: MemberDraft[]): MemberSteps {
  const steps: MemberSteps = { add: [], change: [], remove: stored.filter((row) => !wanted.some((m) => m.agent_id === row.agent_id)) };
  wanted.forEach((m, i) => {
    const body = { tier: m.tier, place: i + 1 };
    const row = stored.find((s) => s.agent_id === m.agent_id);
    if (!row) steps.add.push({ agent_id: m.agent_id, ...body });
    else if (row.tier !== body.tier || row.place !== body.place) steps.change.push({ row, body });
  });
  return steps;
}

/** Options without those that say nothing, so that the switch's defaults stay. */
export function cleanOptions(options: Record<string, unknown>): Record<string, unknown> {
  const empty = (v: unknown) => v === null || v === undefined || v === '' || v === 0 || v === false || (Array.isArray(v) && v.length === 0) || (typeof v === 'object' && Object.keys(v as object).length === 0);
  return Object.fromEntries(
    Object.entries(options)
      .map(([key, v]) => [key, v && typeof v === 'object' && !Array.isArray(v) ? cleanOptions(v as Record<string, unknown>) : v] as const)
      .filter(([, v]) => !empty(v)),
  );
}

/** The version of a row as If-Match names it. */
export const etagOf = (row: SetupRow) => `"${row.version}"`;
