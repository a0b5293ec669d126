/** What was said: search, transcripts, sound, scorecards and reviews. */
import { BASE, call, get, type Query } from './client';

export interface Turn {
  interaction: string;
  recording?: string;
  turn: number;
  speaker: string;
  start: number;
  end: number;
  text: string;
  score: number;
  mood: 'positive' | 'neutral' | 'negative';
  pause: number;
  gap?: boolean;
  /** The call's start, UTC µs. */
  at: number;
  queue?: string;
  agent?: string;
  language?: string;
}

export interface Hit extends Turn {
  pieces: { text: string; hit?: boolean }[] | null;
}

export interface Found {
  hits: Hit[];
  total: number;
  bound: boolean;
  facets: Record<string, { value: string; turns: number }[]>;
}

export interface Side {
  party: string;
  talk_s: number;
  talk_share: number;
  longest_monologue_s: number;
  words_per_minute?: number | null;
  interruptions: number;
}

export interface Measures {
  duration_s: number;
  silence_s: number;
  dead_air_s: number;
  hold_s: number;
  crosstalk_s: number;
  parties: Side[];
  interruptions: { at: number; by: string; of: string }[];
  dead_airs: { start: number; end: number }[];
}

export interface Transcript {
  interaction: string;
  recording?: string;
  at: number;
  queue?: string;
  agent?: string;
  language?: string;
  turns: Turn[];
  measures: Measures;
}

export interface Peaks {
  duration: number;
  /** Customer, agent. */
  lanes: number[][];
  /** By what sounds. */
  measures: Measures;
}

export type Value = 'yes' | 'no' | 'na';

export interface Auto {
  rule?: string;
  measure?: string;
  min?: number;
  max?: number;
}

export interface Question {
  id: string;
  text: string;
  weight: number;
  auto_fail?: boolean;
  auto?: Auto;
}

export interface Section {
  name: string;
  weight: number;
  questions: Question[];
}

export interface Card {
  name: string;
  sections: Section[];
}

export interface StoredCard {
  id: string;
  version: number;
  card: Card;
}

export interface Answer {
  question: string;
  value: Value;
  turns?: number[];
  note?: string;
  by?: string;
  proposed?: Value;
}

export interface Review {
  id: string;
  version: number;
  /** Microseconds. */
  created_at: string | number;
  card: string;
  interaction: string;
  agent?: string;
  by: string;
  state: 'draft' | 'done' | 'acknowledged' | 'disputed';
  score: number;
  auto_fail?: boolean;
  calibration?: string;
  body: { card: Card; answers: Answer[] | null; comment?: string; reply?: string };
}

export interface Result {
  score: number;
  answered: number;
  open: number;
  failing?: boolean;
  auto_fail?: boolean;
}

const path = (id: string, rest = '') => `/transcripts/${encodeURIComponent(id)}${rest}`;

export const search = (query: Query, signal?: AbortSignal) => get<Found>('/transcripts', query, signal);
export const transcript = (id: string, signal?: AbortSignal) => get<Transcript>(path(id), {}, signal);
export const peaks = (id: string, signal?: AbortSignal) => get<Peaks>(path(id, '/peaks'), {}, signal);
export const audioURL = (id: string) => BASE + path(id, '/audio');
export const proposal = (id: string, card: string) => get<{ answers: Answer[] }>(path(id, '/proposal'), { card });
export const cards = (signal?: AbortSignal) => get<{ cards: StoredCard[]; measures: string[] }>('/scorecards', {}, signal);
export const addCard = (card: Card) => call<StoredCard>('POST', '/scorecards', { body: card });
export const changeCard = (c: StoredCard) =>
  call<StoredCard>('PUT', `/scorecards/${encodeURIComponent(c.id)}`, { body: c.card, headers: { 'If-Match': `"${c.version}"` } });
export const retireCard = (c: StoredCard) =>
  call<void>('DELETE', `/scorecards/${encodeURIComponent(c.id)}`, { headers: { 'If-Match': `"${c.version}"` } });
export const reviews = (query: Query, signal?: AbortSignal) => get<{ reviews: Review[] }>('/reviews', query, signal);

export interface ReviewInput {
  card: string;
  state: Review['state'];
  answers: Answer[];
  confirmed?: boolean;
  comment?: string;
  calibration?: string;
}

export const addReview = (id: string, review: ReviewInput) =>
  call<{ review: Review; result: Result }>('POST', path(id, '/reviews'), { body: review });
