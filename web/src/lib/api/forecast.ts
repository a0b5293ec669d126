/** Forecasts, requirements and why. */
import { call, get, send, type Query } from './client';

export interface Brief {
  queue: string;
  name: string;
  run: string;
  origin: string;
  made_at: string | null;
  week_from: string;
  week_calls: number;
  week_low80: number;
  week_high80: number;
  wape: number | null;
  yardstick_wape: number | null;
  cold_start: string;
}

export interface Progress {
  state: 'none' | 'running' | 'done' | 'failed';
  done: number;
  total: number;
  chosen: number;
  failed: string[];
  error?: string;
}

export interface Slot {
  start: string;
  date: string;
  clock: string;
  calls: number | null;
  published: number | null;
  low80: number | null;
  high80: number | null;
  low95: number | null;
  high95: number | null;
  aht_s: number | null;
  actual: number | null;
}

export interface Day {
  date: string;
  lead: number;
  kind: string;
  name: string;
  calls: number;
  published: number;
  low80: number;
  high80: number;
  actual: number | null;
}

export interface Lead {
  lead: number;
  weights: Record<string, number>;
  spread: { c: number; c_day: number; days: number };
  evidence: { days: number; wape: number | null; bias: number | null; yardstick_wape: number | null };
}

export interface Override {
  id: string;
  version: number;
  created_at: string;
  queue_id: string;
  date: string;
  from: string;
  to: string;
  measure: 'calls' | 'aht';
  mode: 'factor' | 'total';
  amount: number;
  why: string;
  by: string;
}

export interface View {
  queue: string;
  name: string;
  zone: string;
  run: { id: string; made_at: string; origin: string; by: string };
  minutes: number;
  from: string;
  to: string;
  country: string;
  country_inferred: boolean;
  cold_start: string;
  history_days: number;
  patience_s: number;
  hangups: number;
  blend: Lead[];
  days: Day[];
  slots: Slot[];
  overrides: Override[];
}

export interface Why {
  date: string;
  clock: string;
  lead: number;
  steps: { what: string; calls: number; name: string }[];
  members: Record<string, number>;
  weights: Record<string, number>;
  luck: number;
  alike: { date: string; calls: number }[];
  marks: string[];
}

export interface Special {
  id: string;
  version: number;
  site_id: string;
  date: string;
  name: string;
  kind: string;
  like: number;
  note: string;
  source: string;
}

export interface Sums {
  calls: number;
  agent_hours: number;
  scheduled_hours: number;
  sl: number | null;
  asa_s: number | null;
  occupancy: number | null;
  abandon_rate: number | null;
  abandoned: number;
  cost: number;
  peak_agents: number;
}

export interface Terms {
  share: number;
  within_s: number;
  model: string;
  patience_s: number;
  shrinkage: number;
  max_occupancy: number;
  rounding: string;
  agent_hour: number;
  currency: string;
  rule_version: number;
}

export interface Need {
  start: string;
  date: string;
  clock: string;
  calls: number;
  aht_s: number;
  erlangs: number;
  agents: number;
  agents_low: number;
  agents_high: number;
  scheduled: number;
  sl: number | null;
  asa_s: number | null;
  occupancy: number | null;
  abandon_rate: number | null;
  sl_gain_of_one_more: number | null;
  patience_s: number;
  waterfall?: { erlang_c: number; lag: number; patience: number; uncertainty: number; occupancy: number; shrinkage: number; rounding: number };
  problem?: string;
}

export interface Requirement {
  queue: string;
  name: string;
  zone: string;
  from: string;
  to: string;
  terms: Terms;
  sums: Sums;
  rows: Need[];
}

export interface TargetCost {
  share: number;
  sums: Sums;
  more_hours: number;
  more_cost: number;
  calls_kept: number;
  revenue_kept: number | null;
  net: number | null;
}

export interface Score {
  lead: number;
  days: number;
  wape: number | null;
  bias: number | null;
  cover80: number | null;
  cover95: number | null;
  floor: number | null;
  day_wape: number | null;
  override_wape: number | null;
}

export interface Accuracy {
  since: string;
  published: Score[];
  evidence: Lead[];
  days: { date: string; forecast: number; actual: number; low80: number; high80: number }[];
  bias: { days: number; mean: number; tracking_signal: number; cusum_high: number; cusum_low: number; alarm: boolean };
  bias_since: string;
  overrides: (Override & { published: number | null; overruled: number | null; actual: number | null; better: boolean | null })[];
}

const at = (queue: string) => encodeURIComponent(queue);

export async function queues(signal?: AbortSignal): Promise<Brief[]> {
  return (await get<{ rows: Brief[] }>('/forecast/queues', {}, signal)).rows;
}

export function run(): Promise<Progress> {
  return call('POST', '/forecast/runs', { body: {} });
}

export function progress(signal?: AbortSignal): Promise<Progress> {
  return get('/forecast/runs/current', {}, signal);
}

export function view(queue: string, query: Query, signal?: AbortSignal): Promise<View> {
  return get(`/forecast/queues/${at(queue)}`, query, signal);
}

export function why(queue: string, date: string, clock: string, signal?: AbortSignal): Promise<Why> {
  return get(`/forecast/queues/${at(queue)}/why`, { date, at: clock }, signal);
}

export function accuracy(queue: string, weeks: number, signal?: AbortSignal): Promise<Accuracy> {
  return get(`/forecast/queues/${at(queue)}/accuracy`, { weeks }, signal);
}

export function override(body: Partial<Override>): Promise<Override> {
  return call('POST', '/forecast/overrides', { body });
}

export async function drop(what: 'overrides' | 'events', row: { id: string; version: number }): Promise<void> {
  await send('DELETE', `/forecast/${what}/${at(row.id)}`, { headers: { 'If-Match': `"${row.version}"` } });
}

export async function events(signal?: AbortSignal): Promise<Special[]> {
  return (await get<{ rows: Special[] }>('/forecast/events', {}, signal)).rows;
}

export function addEvent(body: Partial<Special>): Promise<Special> {
  return call('POST', '/forecast/events', { body });
}

export function requirement(queue: string, query: Query, signal?: AbortSignal): Promise<Requirement> {
  return get(`/staffing/queues/${at(queue)}`, query, signal);
}

export async function targets(queue: string, query: Query, signal?: AbortSignal): Promise<TargetCost[]> {
  return (await get<{ rows: TargetCost[] }>(`/staffing/queues/${at(queue)}/targets`, query, signal)).rows;
}

export interface Played {
  date: string;
  runs: number;
  target: number;
  sl: number | null;
  sl_by_formula: number | null;
  slots: { clock: string; calls: number; agents: number; sl: number | null; sl_by_formula: number | null }[];
}

export function played(queue: string, query: Query, signal?: AbortSignal): Promise<Played> {
  return get(`/staffing/queues/${at(queue)}/played`, query, signal);
}

export function setRule(queue: string, version: number, body: Partial<Terms>): Promise<unknown> {
  return call('PUT', `/staffing/queues/${at(queue)}/rule`, { body, headers: { 'If-Match': `"${version}"` } });
}

export interface DaySlot {
  start: string;
  clock: string;
  forecast: number | null;
  actual: number | null;
  reforecast: number | null;
  aht_s: number | null;
  required: number | null;
  scheduled: number | null;
  staff: number | null;
  sl: number | null;
  sl_se: number | null;
  abandon_rate: number | null;
  asa_s: number | null;
  target: number;
  alert: boolean;
}

export interface Remedy {
  kind: string;
  agents: number;
  from: string;
  to: string;
  sl: number | null;
  before: number | null;
  enough: boolean;
}

export interface Today {
  date: string;
  now: string;
  staff_from: 'schedule' | 'present' | 'required' | '';
  waiting: number;
  present: number;
  calls: number;
  expected: number;
  runs: number;
  slots: DaySlot[];
  remedies: Remedy[];
}

export function intraday(queue: string, signal?: AbortSignal): Promise<Today> {
  return get(`/intraday/queues/${at(queue)}`, {}, signal);
}
