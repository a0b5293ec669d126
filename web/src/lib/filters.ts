/** The shared filters of the report pages: read from the address, given to the API. Pure. */
import type { Meta } from './api/reports';
import { addDays, daysBetween, isDate, monthStart, nextMonth } from './wall';

export type Interval = '15m' | '30m' | '60m' | '1d' | '1w' | 'total';
export const INTERVALS: Interval[] = ['15m', '30m', '60m', '1d', '1w'];
export type By = 'queue' | 'group' | 'site';
export const BYS: By[] = ['queue', 'group', 'site'];
export type Credit = 'arrival' | 'answer' | 'end';
export const CREDITS: Credit[] = ['arrival', 'answer', 'end'];
export const VARIANTS = ['sl', 'sl_offered', 'sl_abandon_credit', 'sl_less_abandons_in_t', 'sl_answered'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Filters {
  /** Local dates: from inclusive, to exclusive, as in the API. */
  from: string;
  to: string;
  queues: string[];
  site: string;
  group: string;
  by: By;
  interval: Interval;
  /** Seconds; null leaves each queue its own. */
  within: number | null;
  short: number | null;
  /** Empty leaves the instance's setting. */
  credit: Credit | '';
  variant: Variant;
}

/** The days that have data, as [from, to) dates. */
export function dataDays(meta: Meta | null): { from: string; to: string } | null {
  if (!meta?.data_range) return null;
  return { from: meta.data_range.from.slice(0, 10), to: addDays(meta.data_range.to.slice(0, 10), 1) };
}

/** What a page shows before anyone chooses: the last four weeks that have data. */
export function defaultRange(meta: Meta | null): { from: string; to: string } {
  const days = dataDays(meta);
  if (!days) {
    const today = meta?.now.slice(0, 10) ?? '2000-01-01';
    return { from: addDays(today, -28), to: addDays(today, 1) };
  }
  const from = addDays(days.to, -28);
  return { from: from < days.from ? days.from : from, to: days.to };
}

/** A readable resolution for a number of days. */
export function defaultInterval(days: number): Interval {
  if (days <= 35) return '30m';
  return days <= 400 ? '1d' : '1w';
}

function pick<T extends string>(text: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(text as T) ? (text as T) : otherwise;
}

function whole(text: string | null, max: number): number | null {
  const n = Number(text);
  return text !== null && text !== '' && Number.isFinite(n) && n >= 0 && n <= max ? n : null;
}

/** Reads the filters. Anything the address gets wrong falls back to its default. */
export function readFilters(query: URLSearchParams, meta: Meta | null): Filters {
  const fallback = defaultRange(meta);
  const from = query.get('from');
  const to = query.get('to');
  const ok = isDate(from) && isDate(to) && from < to;
  const range = ok ? { from, to } : fallback;
  const known = new Set(meta?.queues.map((q) => q.id));
  return {
    ...range,
    queues: query.getAll('queue').filter((id) => known.size === 0 || known.has(id)),
    site: query.get('site') ?? '',
    group: query.get('group') ?? '',
    by: pick(query.get('by'), BYS, query.has('queue') ? 'queue' : 'site'),
    interval: pick(query.get('interval'), INTERVALS, defaultInterval(daysBetween(range.from, range.to))),
    within: whole(query.get('within'), 86_400),
    short: whole(query.get('short'), 3_600),
    credit: pick<Credit | ''>(query.get('credit'), CREDITS, ''),
    variant: pick(query.get('sl'), VARIANTS, 'sl'),
  };
}

/** The parameters a report understands. */
export function reportQuery(f: Filters): Record<string, string | string[]> {
  return {
    from: f.from,
    to: f.to,
    queue: f.queues,
    site: f.site,
    group: f.group,
    within: f.within === null ? '' : `${f.within}s`,
    short: f.short === null ? '' : `${f.short}s`,
    credit: f.credit,
  };
}

/** The parameters that follow the reader from page to page. */
export const SHARED = ['from', 'to', 'queue', 'site', 'group', 'within', 'short', 'credit'];

/** The shared part of a query string, with its question mark. */
export function sharedQuery(query: URLSearchParams): string {
  const out = new URLSearchParams();
  for (const [name, value] of query) if (SHARED.includes(name)) out.append(name, value);
  const text = out.toString();
  return text ? `?${text}` : '';
}

export interface Preset {
  id: 'last_day' | 'last_7' | 'last_28' | 'all' | 'month';
  from: string;
  to: string;
}

/** Ranges worth one click, all inside the data: last day, week, four weeks, each of the last 18 months, everything. */
export function presets(days: { from: string; to: string }): Preset[] {
  const clip = (from: string) => (from < days.from ? days.from : from);
  const out: Preset[] = [
    { id: 'last_day', from: clip(addDays(days.to, -1)), to: days.to },
    { id: 'last_7', from: clip(addDays(days.to, -7)), to: days.to },
    { id: 'last_28', from: clip(addDays(days.to, -28)), to: days.to },
    { id: 'all', from: days.from, to: days.to },
  ];
  let start = monthStart(addDays(days.to, -1));
  for (let i = 0; i < 18 && nextMonth(start) > days.from; i++) {
    const end = nextMonth(start);
    out.push({ id: 'month', from: clip(start), to: end > days.to ? days.to : end });
    start = monthStart(addDays(start, -1));
  }
  return out;
}

/** The range of the same length just before (-1) or after (+1); whole months step by months. */
export function shift(range: { from: string; to: string }, direction: 1 | -1): { from: string; to: string } {
  if (range.from === monthStart(range.from) && range.to === nextMonth(range.from)) {
    const from = direction > 0 ? range.to : monthStart(addDays(range.from, -1));
    return { from, to: nextMonth(from) };
  }
  const days = daysBetween(range.from, range.to) * direction;
  return { from: addDays(range.from, days), to: addDays(range.to, days) };
}
