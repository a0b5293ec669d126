/** One description per set-up area: what its table shows and what its form asks. The pages are made from it. */
import type { Key } from './i18n.svelte';

export type FieldKind =
  | 'text' | 'number' | 'bool' | 'select' | 'multi' | 'list' | 'zone' | 'weekday' | 'ref' | 'windows' | 'targets' | 'holidays' | 'date';

export interface Field {
  name: string;
  label: Key;
  kind: FieldKind;
  required?: boolean;
  /** Only when a row is made. */
  fixed?: boolean;
  /** Another area whose rows are offered. */
  ref?: string;
  /** Offered values; shown as `ui.opt.<value>` when translated. */
  options?: string[];
  /** Stored = shown × scale: per cent, seconds in µs, hours in minutes. */
  scale?: number;
  min?: number;
  max?: number;
  step?: number;
  initial?: unknown;
  hint?: Key;
  /** Left out of the table. */
  detail?: boolean;
}

/** Rows below a row that hold from a day on. */
export interface Dated {
  what: string;
  label: Key;
  fields: Field[];
  /** Part of the row's identity besides valid_from. */
  key?: string;
}

export interface Area {
  id: string;
  label: Key;
  one: Key;
  fields: Field[];
  dated?: Dated[];
  /** How a row is called in references and messages. */
  title: string;
}

const name: Field = { name: 'name', label: 'ui.f.name', kind: 'text', required: true };
const natural: Field = { name: 'natural_name', label: 'ui.f.natural_name', kind: 'text', fixed: true, hint: 'ui.f.natural_name.hint', detail: true };
const site: Field = { name: 'site_id', label: 'ui.site', kind: 'ref', ref: 'sites' };
const channel: Field = { name: 'channel', label: 'ui.f.channel', kind: 'select', options: ['voice', 'chat', 'email', 'sms', 'video', 'callback'], initial: 'voice' };
const opening: Field = { name: 'opening', label: 'ui.f.opening', kind: 'windows', initial: [], detail: true, hint: 'ui.f.opening.hint' };
const states = ['available', 'reserved', 'talking', 'hold', 'wrap_up', 'break', 'meal', 'training', 'meeting', 'other', 'offline'];

export const AREAS: Area[] = [
  {
    id: 'sites', label: 'ui.setup.sites', one: 'ui.setup.site', title: 'name',
    fields: [name, natural, { name: 'zone', label: 'ui.f.zone', kind: 'zone', required: true }, { name: 'week_start', label: 'ui.f.week_start', kind: 'weekday', initial: 1 }, opening, { name: 'holidays', label: 'ui.f.holidays', kind: 'holidays', initial: [], detail: true }],
  },
  { id: 'groups', label: 'ui.setup.groups', one: 'ui.setup.group', title: 'name', fields: [name, site] },
  {
    id: 'queues', label: 'ui.setup.queues', one: 'ui.setup.queue', title: 'name',
    fields: [name, natural, { ...site, required: true }, { name: 'group_id', label: 'ui.group', kind: 'ref', ref: 'groups' }, { name: 'stream_id', label: 'ui.f.stream', kind: 'ref', ref: 'streams' }, channel, opening],
    dated: [
      {
        what: 'targets', label: 'ui.setup.targets',
        fields: [
          { name: 'share', label: 'ui.f.share', kind: 'number', required: true, scale: 0.01, min: 0, max: 100, step: 0.1, initial: 0.8 },
          { name: 'within_us', label: 'ui.within', kind: 'number', required: true, scale: 1e6, min: 0, max: 86_400, initial: 20e6 },
          { name: 'short_us', label: 'ui.short', kind: 'number', scale: 1e6, min: 0, max: 86_400, initial: 10e6 },
          { name: 'overrides', label: 'ui.f.overrides', kind: 'targets', initial: [], hint: 'ui.f.overrides.hint', detail: true },
        ],
      },
    ],
  },
  { id: 'streams', label: 'ui.setup.streams', one: 'ui.setup.stream', title: 'name', fields: [name, channel] },
  { id: 'teams', label: 'ui.setup.teams', one: 'ui.setup.team', title: 'name', fields: [name, site] },
  {
    id: 'agents', label: 'ui.setup.agents', one: 'ui.setup.agent', title: 'name',
    fields: [name, natural, { name: 'extension', label: 'ui.f.extension', kind: 'text' }],
    dated: [
      {
        what: 'terms', label: 'ui.setup.terms',
        fields: [
          { name: 'team_id', label: 'ui.team', kind: 'ref', ref: 'teams' },
          { name: 'contract', label: 'ui.f.contract', kind: 'text' },
          { name: 'weekly_minutes', label: 'ui.f.weekly_hours', kind: 'number', scale: 60, min: 0, max: 80, step: 0.25, initial: 2400 },
          { name: 'wage_cents', label: 'ui.f.wage', kind: 'number', scale: 100, min: 0, step: 0.01, initial: 0 },
        ],
      },
      {
        what: 'skills', label: 'ui.setup.agent_skills', key: 'skill_id',
        fields: [
          { name: 'skill_id', label: 'ui.setup.skill', kind: 'ref', ref: 'skills', required: true },
          { name: 'level', label: 'ui.f.level', kind: 'number', min: 0, max: 10, initial: 1, required: true, hint: 'ui.f.level.hint' },
        ],
      },
    ],
  },
  { id: 'skills', label: 'ui.setup.skills', one: 'ui.setup.skill', title: 'name', fields: [name] },
  {
    id: 'activities', label: 'ui.setup.activities', one: 'ui.setup.activity', title: 'name',
    fields: [
      name,
      { name: 'paid', label: 'ui.f.paid', kind: 'bool', initial: true },
      { name: 'states', label: 'ui.f.states', kind: 'multi', options: states, initial: [] },
      { name: 'reasons', label: 'ui.f.reasons', kind: 'list', initial: [], hint: 'ui.f.list.hint' },
      { name: 'shrinkage', label: 'ui.f.shrinkage', kind: 'select', options: ['none', 'in_office', 'out_of_office', 'unplanned'], initial: 'none', required: true },
      { name: 'cost_share', label: 'ui.f.cost_share', kind: 'number', scale: 0.01, min: 0, max: 1000, step: 1, initial: 1 },
    ],
  },
  {
    id: 'codes', label: 'ui.setup.codes', one: 'ui.setup.code', title: 'label',
    fields: [{ name: 'code', label: 'ui.f.code', kind: 'text', required: true, fixed: true }, { name: 'label', label: 'ui.f.label', kind: 'text' }, { name: 'queue_id', label: 'ui.by.queue', kind: 'ref', ref: 'queues', fixed: true, hint: 'ui.f.code_queue.hint' }],
  },
  {
    id: 'users', label: 'ui.setup.users', one: 'ui.setup.user', title: 'login',
    fields: [
      { name: 'login', label: 'ui.login.user', kind: 'text', required: true, fixed: true },
      { name: 'name', label: 'ui.f.name', kind: 'text' },
      { name: 'agent_id', label: 'ui.agent', kind: 'ref', ref: 'agents' },
      { name: 'locale', label: 'ui.language', kind: 'select', options: ['', 'en', 'zh-Hans', 'zh-Hant', 'et'], initial: '' },
    ],
  },
  {
    id: 'roles', label: 'ui.setup.roles', one: 'ui.setup.role', title: 'role',
    fields: [
      { name: 'user_id', label: 'ui.setup.user', kind: 'ref', ref: 'users', required: true, fixed: true },
      { name: 'role', label: 'ui.f.role', kind: 'select', options: ['admin', 'planner', 'manager', 'supervisor', 'quality', 'agent', 'viewer', 'media'], initial: 'viewer', required: true },
      { name: 'scope', label: 'ui.f.scope', kind: 'select', options: ['all', 'site', 'queue', 'team'], initial: 'all' },
      { name: 'scope_id', label: 'ui.f.scope_id', kind: 'ref', ref: 'scope', hint: 'ui.f.scope_id.hint' },
    ],
  },
];

/** The area of a role grant's scope. */
export const SCOPE_AREA: Record<string, string> = { site: 'sites', queue: 'queues', team: 'teams' };

/** The stored value of a number field from what was typed. */
export function toStored(field: Field, shown: number): number {
  const value = shown * (field.scale ?? 1);
  return field.scale && field.scale >= 1 ? Math.round(value) : Number(value.toPrecision(12));
}

/** What a number field shows of a stored value. */
export function toShown(field: Field, stored: number): number {
  return Number((stored / (field.scale ?? 1)).toPrecision(12));
}

/** A new row as the form starts it. */
export function blank(fields: Field[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((f) => [f.name, structuredClone(f.initial ?? (f.kind === 'bool' ? false : f.kind === 'number' ? null : ''))]));
}

/** What to send: for a new row everything filled in, for a change only what differs. */
export function payload(fields: Field[], row: Record<string, unknown>, before: Record<string, unknown> | null): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    const value = row[field.name];
    if (before) {
      if (!field.fixed && JSON.stringify(value) !== JSON.stringify(before[field.name])) out[field.name] = value;
    } else if (value !== '' && value !== null && value !== undefined) out[field.name] = value;
  }
  return out;
}
