/** Planning: schedules, requests, adherence, the own week. */
import { BASE, call, get, send } from './client';

export interface Pause { name: string; start: string; minutes: number; paid: boolean; work?: boolean }
export interface Block { start: string; minutes: number; pauses?: Pause[] | null; extra?: boolean }
export interface Shift { agent: string; date: string; contract?: string; kind?: string; blocks: Block[] }
export interface Finding { rule: string; hard: boolean; cost?: number; who?: string; date?: string; text: string; params: Record<string, string | number> }
export interface Line { id: string; need: number[]; served: number[]; able: number[] }
export interface PlanAgent { id: string; name: string; skills: string[]; team?: string; contracts: string[]; site?: string }
export interface Contract { name: string; kind: string; wage: number; [key: string]: unknown }
export interface Problem { name: string; zone: string; from: string; days: number; slot_minutes: number; agents: PlanAgent[]; contracts: Contract[]; lines: { id: string; skill: string; site?: string; basis?: string }[] }
export interface Draft { cost: number; bound: number; gap: number; stopped?: string; notes?: string[]; shifts: Shift[]; [key: string]: unknown }
export interface Figures { cost: number; missing_hours: number; surplus_hours: number; paid_hours: number; hard: number; wishes_refused: number; weekend_spread: number }
export interface ScheduleRow { id: string; version: number; name: string; from: string; days: number; published: number }
export interface Sheet extends ScheduleRow {
  problem: Problem;
  draft: Draft;
  start: string;
  day_starts: number[];
  verdict: { findings: Finding[]; costs: Record<string, number> };
  lines: Line[];
  spare: number[];
  figures: Figures;
}
export interface Progress { state: 'none' | 'running' | 'done' | 'failed'; phase: string; cost: number; bound: number; gap: number; elapsed_s: number; limit_s: number; error?: string }
export interface Difference { old: Figures; new: Figures; people: number; changes: { agent: string; date: string; old: string; new: string }[] }
export interface PlanRequest { id: string; version: number; agent: string; kind: string; from: string; to: string; partner: string; partner_date: string; note: string; state: string; reason: string }
export interface Proposal { request: PlanRequest; schedule?: string; version?: number; difference?: Difference }
export interface Mine { agent: string; name: string; zone: string; shifts: Shift[]; others: { agent: string; name: string; shift: Shift }[]; wishes: [number, number]; granted: number }
export interface AdherenceRow {
  agent: string; name: string; planned_now: string; actual_now: string; deviating_since: number;
  result: { scheduled_us: number; adherence: number | null; adherence_forgiven: number | null; conformance: number | null };
  with_exceptions?: { adherence: number | null };
}

export interface Offer {
  id: string; version: number; schedule: string; kind: 'extra' | 'time_off'; start: string; minutes: number; skill: string; places: number; rule: 'first' | 'seniority';
  closes: string | null; note: string; state: 'open' | 'closed' | 'withdrawn'; claims: { agent: string; state: string; reason: string }[] | null;
}
export interface MyOffer extends Offer { mine: string; taken: number; broken: Finding[] | null; reason: string }
export interface Exception { agent: string; from: string; to: string; activity: string; note: string }
export interface QuotaWindow { from?: string; to?: string; weekdays?: string[]; from_time: string; to_time: string; most: number }
export interface Quotas { share: number; windows: QuotaWindow[] }
export interface Wish { weekdays?: string[]; from: string; to: string; off?: boolean; weight?: number }
export interface Wishes { available: Wish[]; preferences: Wish[]; consent: string[] }

interface Rows<T> { rows: T[] }
const match = (version: number) => ({ 'If-Match': `"${version}"` });
const at = (id: string, rest = '') => `/schedules/${encodeURIComponent(id)}${rest}`;

export const schedules = async (signal?: AbortSignal) => (await get<Rows<ScheduleRow>>('/schedules', undefined, signal)).rows;
export const schedule = (id: string, signal?: AbortSignal) => get<Sheet>(at(id), undefined, signal);
export const fromHistory = (history: { name: string; from: string; weeks: number }) => call<Sheet>('POST', '/schedules', { body: { history } });
export const fromProblem = (problem: unknown) => call<Sheet>('POST', '/schedules', { body: { problem } });
export const save = (id: string, version: number, draft: Draft, why: string) => call<Sheet>('PUT', at(id), { body: { draft, why }, headers: match(version) });
export const solve = (id: string, version: number, limit_s: number) => call<Progress>('POST', at(id, '/solve'), { body: { limit_s, seed: 1 }, headers: match(version) });
export const progress = (id: string) => get<Progress>(at(id, '/solve'));
export const cancel = (id: string) => call<Progress>('DELETE', at(id, '/solve'));
export const check = async (id: string, agent: string, shifts: Shift[]) => (await call<Rows<Finding>>('POST', at(id, '/check'), { body: { agent, shifts } })).rows;
export const publish = (id: string, version: number, note: string) => call<Sheet>('POST', at(id, '/publish'), { body: { note }, headers: match(version) });
export const versions = async (id: string) => (await get<Rows<{ number: number; at: string; by: string; note: string; cost: number }>>(at(id, '/versions'))).rows;
export const compare = (id: string, old: number, now: number) => get<Difference>(at(id, '/compare'), { old, new: now });

export const requests = async (signal?: AbortSignal) => (await get<Rows<PlanRequest>>('/planning/requests', undefined, signal)).rows;
export const decide = (row: PlanRequest, state: string, reason: string) =>
  call<Proposal>('POST', `/planning/requests/${encodeURIComponent(row.id)}/decide`, { body: { state, reason }, headers: match(row.version) });
export const absent = (body: { agent: string; kind: string; from: string; to: string }) => call<Proposal>('POST', '/planning/absences', { body });
export const adherence = async (date: string, signal?: AbortSignal) => (await get<Rows<AdherenceRow>>('/planning/adherence', { date }, signal)).rows;

const documented = async <T>(path: string): Promise<{ body: T; version: number }> => {
  const response = await send('GET', path);
  return { body: (await response.json()) as T, version: Number((response.headers.get('ETag') ?? '"0"').replaceAll('"', '')) };
};
export const exceptions = (day: string) => documented<Rows<Exception>>(`/planning/exceptions/${day}`);
export const saveExceptions = (day: string, version: number, rows: Exception[]) => call<Rows<Exception>>('PUT', `/planning/exceptions/${day}`, { body: { rows }, headers: match(version) });
export const quotas = () => documented<Quotas>('/planning/quotas');
export const saveQuotas = (version: number, body: Quotas) => call<Quotas>('PUT', '/planning/quotas', { body, headers: match(version) });
export const offers = async (from: string, signal?: AbortSignal) => (await get<Rows<Offer>>('/planning/offers', { from }, signal)).rows;
export const offer = (body: Record<string, unknown>) => call<Offer>('POST', '/planning/offers', { body });
export const closeOffer = (o: Offer, state: string) => call<Offer>('POST', `/planning/offers/${encodeURIComponent(o.id)}/close`, { body: { state }, headers: match(o.version) });
export const workbookPath = (id: string) => `${BASE}${at(id, '/workbook')}`;
export async function bringWorkbook(id: string, version: number, file: File): Promise<Sheet> {
  const response = await send('PUT', at(id, '/workbook'), { body: file, headers: match(version) });
  return (await response.json()) as Sheet;
}
export const copyWeek = (id: string, from: string) => call<Sheet>('POST', at(id, '/copy'), { body: { from } });
export const myOffers = async (signal?: AbortSignal) => (await get<Rows<MyOffer>>('/my/offers', undefined, signal)).rows;
export const claim = (o: Offer) => call<MyOffer>('POST', `/my/offers/${encodeURIComponent(o.id)}/claim`);
export const unclaim = (o: Offer) => call<MyOffer>('DELETE', `/my/offers/${encodeURIComponent(o.id)}/claim`);
export const myWishes = () => documented<Wishes>('/my/wishes');
export const saveWishes = (version: number, body: Wishes) => call<Wishes>('PUT', '/my/wishes', { body, headers: match(version) });

export async function contracts(): Promise<{ rows: Contract[]; version: number }> {
  const response = await send('GET', '/planning/contracts');
  const { rows } = (await response.json()) as Rows<Contract>;
  return { rows, version: Number((response.headers.get('ETag') ?? '"0"').replaceAll('"', '')) };
}
export const saveContracts = (version: number, rows: unknown) => call<Rows<Contract>>('PUT', '/planning/contracts', { body: { rows }, headers: match(version) });
export const planRules = async () => (await get<Rows<{ name: string; words: string; hard: boolean }>>('/planning/rules')).rows;

export const myWeek = (from: string, to: string, signal?: AbortSignal) => get<Mine>('/my/week', { from, to }, signal);
export const myRequests = async (signal?: AbortSignal) => (await get<Rows<PlanRequest>>('/my/requests', undefined, signal)).rows;
export const ask = (body: Record<string, string>) => call<PlanRequest>('POST', '/my/requests', { body });
export const answer = (row: PlanRequest, state: string) => call<PlanRequest>('POST', `/my/requests/${encodeURIComponent(row.id)}/answer`, { body: { state }, headers: match(row.version) });
export const swapCheck = async (body: Record<string, string>) => (await call<Rows<Finding>>('POST', '/my/swap-check', { body })).rows;
export const newFeed = () => call<{ path: string }>('POST', '/my/calendar', { body: {} });
