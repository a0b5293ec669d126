/** Recorded calls while they last, and recordings that wait to be heard. */
import { BASE, call, get } from './client';
import type { LinkState } from './live';

export interface HeardTurn {
  side: string;
  start: number;
  end: number;
  text: string;
  gap?: boolean;
}

export interface Alert {
  kind: 'silence' | 'interruption' | 'agitation' | 'rule';
  at: number;
  side?: string;
  name?: string;
  value?: number;
}

export interface HeardCall {
  tape: string;
  interaction: string;
  queue?: string;
  agent?: string;
  began: string;
  state: 'partials' | 'finals' | 'full' | 'no_model';
  turns: HeardTurn[];
  partials: Record<string, string>;
  alerts: Alert[];
  lost_s?: number;
}

interface Change {
  calls: HeardCall[];
  there: string[];
}

export interface Job {
  id: string;
  interaction: string;
  queue?: string;
  seconds: number;
  since: string;
  state: 'waiting' | 'running' | 'retry';
  first?: boolean;
  progress: number;
  tries?: number;
  problem?: string;
}

export const jobs = (signal?: AbortSignal) => get<{ jobs: Job[]; total: number; deaths: number }>('/speech/jobs', undefined, signal);
export const first = (id: string) => call<null>('POST', `/speech/jobs/${encodeURIComponent(id)}/first`);

/** What is known after a change: calls that changed replace what was known, calls that are over go. */
export function merge(known: readonly HeardCall[], change: Change): HeardCall[] {
  const fresh = new Map(change.calls.map((c) => [c.tape, c]));
  const there = new Set(change.there);
  const kept = known.filter((c) => there.has(c.tape) && !fresh.has(c.tape));
  return [...kept, ...fresh.values()].filter((c) => there.has(c.tape)).sort((a, b) => a.began.localeCompare(b.began) || a.tape.localeCompare(b.tape));
}

/** Follows the stream until the returned function is called. The browser reconnects by itself and is told everything anew. */
export function followCalls(onCalls: (calls: HeardCall[]) => void, onLink: (state: LinkState) => void): () => void {
  onLink('connecting');
  const source = new EventSource(`${BASE}/speech/live/stream`);
  let known: HeardCall[] = [];
  source.onopen = () => {
    known = [];
    onLink('open');
  };
  source.onerror = () => onLink('lost');
  source.addEventListener('calls', (event) => {
    known = merge(known, JSON.parse((event as MessageEvent<string>).data) as Change);
    onCalls(known);
  });
  return () => source.close();
}
