/** Meta, definitions and the reports. Field for field what the analytics role answers. */
import { get, type Query } from './client';

export interface Named {
  id: string;
  name: string;
}

export interface Meta {
  zone: string;
  week_start: number;
  now: string;
  /** Local dates of the first and the last visit, both inclusive. */
  data_range: { from: string; to: string } | null;
  sites: (Named & { zone?: string })[];
  queues: (Named & { site?: string; group?: string })[];
  groups: Named[];
  agents: (Named & { team?: string })[];
  teams: Named[];
  has_data: boolean;
  sample: boolean;
  currency: string;
}

export type MetricUnit = 'count' | 'seconds' | 'share' | 'money';

export interface Definition {
  name: string;
  title?: string;
  better?: 'higher' | 'lower' | 'neither';
  denominator?: { name: string; words: string; minus: boolean }[];
  unit: MetricUnit;
  formula: string;
  text: string;
}

export interface ReportColumn {
  name: string;
  unit: MetricUnit;
  formula: string;
}

type Maybe = number | null;

/** The figures of one bucket. Null is "not defined". */
export interface Figures {
  offered: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  overflowed: number;
  timed_out: number;
  key_exit: number;
  no_agents: number;
  callback: number;
  voicemail: number;
  withdrawn: number;
  lost: number;
  other: number;
  waiting: number;
  blocked: number;
  sl: Maybe;
  sl_offered: Maybe;
  sl_abandon_credit: Maybe;
  sl_less_abandons_in_t: Maybe;
  sl_answered: Maybe;
  abandon_rate: Maybe;
  abandon_rate_long: Maybe;
  asa_s: Maybe;
  mean_wait_s: Maybe;
  longest_wait_s: Maybe;
  aht_s: Maybe;
  talk_s: Maybe;
  hold_s: Maybe;
  wrap_s: Maybe;
  handled: number;
  transferred: number;
  transfer_rate: Maybe;
  occupancy: Maybe;
  answered_in_t: number;
  abandoned_in_t: number;
  neutral_exits: number;
  target_sl: Maybe;
  target_within_s: Maybe;
  met: boolean | null;
}

export interface ServiceRow extends Figures {
  start: string;
  end: string;
  label: string;
  /** Name and id of the queue, group or site. */
  queue: string;
  queue_id: string;
}

export interface ServiceReport {
  report: string;
  range: { from: string; to: string; zone: string };
  params: { within_s: Maybe; short_s: Maybe; credit: string };
  columns: ReportColumn[];
  rows: ServiceRow[];
  totals: Figures;
  /** With `limit`: what there is in all, and the course of one key. */
  summary?: { rows: number; judged: number; missed: number; keys: { id: string; name: string; offered: number }[] };
  course?: { key: string; rows: CourseRow[] };
  /** The heat map, where it is made of the same intervals. */
  heat?: HeatRow[];
}

/** What a chart draws of one interval. */
export type CourseRow = Pick<ServiceRow, 'start' | 'end' | 'label' | 'offered' | 'answered' | 'abandoned' | 'sl' | 'sl_offered' | 'sl_abandon_credit' | 'sl_less_abandons_in_t' | 'sl_answered' | 'target_sl' | 'target_within_s' | 'met'>;

export interface HeatRow {
  weekday: number;
  slot: string;
  offered: number;
  sl: Maybe;
  abandoned: number;
  abandon_rate: Maybe;
  intervals: number;
  missed: number;
}

export interface Breakdown {
  key: string;
  offered: number;
  abandoned: number;
  rate: Maybe;
}

export interface AbandonmentReport {
  abandoned: number;
  offered: number;
  rate: Maybe;
  rate_long: Maybe;
  short_abandoned: number;
  queued: number;
  queued_rate: Maybe;
  survival: { t_s: number; s: number; lo: number; hi: number; at_risk: number }[];
  median_patience_s: Maybe;
  theta_s: Maybe;
  hazard: { from_s: number; to_s: number; h: number; bump: boolean }[];
  histogram: { from_s: number; to_s: number; abandoned: number; answered: number }[];
  within: { t_s: number; share_abandoned: Maybe; share_answered: Maybe }[];
  by_met: { met: boolean; intervals: number; offered: number; abandoned: number; rate: Maybe }[];
  by_queue: Breakdown[];
  by_priority: Breakdown[];
  by_position: Breakdown[];
  by_hour: Breakdown[];
  by_attempt: Breakdown[];
  redial: { identified: number; within_10m: Maybe; within_1h: Maybe; within_1d: Maybe };
  formulas: Record<string, string>;
}

export interface PeriodFigures {
  offered?: number;
  abandoned?: number;
  rate?: Maybe;
  [name: string]: number | string | null | undefined;
}

export interface BeforeAfter {
  hazard_ratio: Maybe;
  lo: Maybe;
  hi: Maybe;
  p: Maybe;
  strata: number;
  before: PeriodFigures;
  after: PeriodFigures;
  formulas: Record<string, string>;
}

export interface IvrReport {
  entered: number;
  queued: number;
  contained: number;
  hung_up: number;
  failed: number;
  containment: Maybe;
  mean_time_s: Maybe;
  formulas: Record<string, string>;
  nodes: { flow: string; node: string; entered: number; left: number; hung_up: number; drop_off: Maybe; mean_time_s: Maybe }[];
}

export interface AgentRow {
  agent: string;
  name: string;
  team: string;
  handled: number;
  transferred: number;
  offers: number;
  missed: number;
  declined: number;
  aht_s: Maybe;
  talk_s: Maybe;
  hold_s: Maybe;
  wrap_s: Maybe;
  occupancy: Maybe;
  states: { state: string; reason?: string | null; seconds: number }[];
}

export interface Distribution {
  rows: { agent: string; name: string; group: string; handled: number; share: Maybe }[];
  gini: Maybe;
  cv: Maybe;
  formulas: Record<string, string>;
}

export interface KpiItem {
  name: string;
  title: string;
  value: Maybe;
  previous: Maybe;
  unit: MetricUnit;
  better: 'higher' | 'lower' | 'neither';
  formula: string;
  /** The formula with the numbers in it. */
  explain: string;
  n: number;
}

export interface KpiReport {
  compared: { from: string; to: string; zone: string };
  currency: string;
  items: KpiItem[];
  resolution: { days: number; known: number; pending: number; pending_from: string; anonymous_share: Maybe; survey_response: Maybe };
  handling: { n: number; mean_s: Maybe; median_s: Maybe; sd_s: Maybe };
  reasons: { code: string; label: string; volume: number; aht_s: Maybe; repeats: number; transfers: number }[];
  trend: ({ start: string; label?: string } & Record<string, number | string | null | undefined>)[];
}

export interface CallRow {
  interaction: string;
  visit: string;
  queue: string;
  queue_id: string;
  agent: string;
  agent_id: string;
  joined_at: string;
  wait_s: Maybe;
  exit: string;
  talk_s: Maybe;
  hold_s: Maybe;
  wrap_s: Maybe;
  priority: number | null;
  transferred: boolean;
}

export interface CallEvent {
  at: string;
  kind: string;
  node: string;
  seq: number;
  queue: string;
  queue_id: string;
  agent: string;
  agent_id: string;
  source_ref: string;
  payload: Record<string, unknown>;
}

export interface CallDetail {
  interaction: string;
  visits: CallRow[];
  events: CallEvent[];
}

export function meta(): Promise<Meta> {
  return get('/meta');
}

export async function definitions(): Promise<Definition[]> {
  const answer = await get<Definition[] | { rows: Definition[] }>('/definitions');
  return Array.isArray(answer) ? answer : answer.rows;
}

export const serviceLevel = (query: Query, signal?: AbortSignal) =>
  get<ServiceReport>('/reports/service-level', query, signal);

export const heatmap = (query: Query, signal?: AbortSignal) =>
  get<{ rows: HeatRow[] }>('/reports/heatmap', query, signal);

export const abandonment = (query: Query, signal?: AbortSignal) =>
  get<AbandonmentReport>('/reports/abandonment', query, signal);

export const beforeAfter = (query: Query, signal?: AbortSignal) =>
  get<BeforeAfter>('/reports/before-after', query, signal);

export const ivr = (query: Query, signal?: AbortSignal) => get<IvrReport>('/reports/ivr', query, signal);

export const agents = (query: Query, signal?: AbortSignal) =>
  get<{ rows: AgentRow[] }>('/reports/agents', query, signal);

export const distribution = (query: Query, signal?: AbortSignal) =>
  get<Distribution>('/reports/distribution', query, signal);

export const kpi = (query: Query, signal?: AbortSignal) => get<KpiReport>('/reports/kpi', query, signal);

export const calls = (query: Query, signal?: AbortSignal) =>
  get<{ rows: CallRow[]; next: string | null }>('/calls', query, signal);

/** The calls that the signed-in agent has answered, newest first. */
export const ownCalls = (query: Query, signal?: AbortSignal) => get<{ rows: CallRow[] }>('/my/calls', query, signal);

export const callDetail = (interaction: string, signal?: AbortSignal) =>
  get<CallDetail>(`/calls/${encodeURIComponent(interaction)}`, undefined, signal);
