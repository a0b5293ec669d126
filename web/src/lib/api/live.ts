/** The live snapshot and its event stream. */
import { BASE, get } from './client';

export interface LiveFigures {
  waiting: number;
  longest_wait_s: number | null;
  offered: number;
  answered: number;
  abandoned: number;
  sl: number | null;
  agents_available: number;
  agents_talking: number;
}

export interface LiveQueue extends LiveFigures {
  queue: string;
  queue_id: string;
}

export interface LiveAgent {
  agent: string;
  name: string;
  team: string;
  state: string;
  reason: string;
  queue: string;
  since: string;
}

export interface Snapshot {
  at: string;
  queues: LiveQueue[];
  agents: LiveAgent[];
  totals: LiveFigures & { agents_by_state: Record<string, number> };
}

export const snapshot = () => get<Snapshot>('/live');

export type LinkState = 'connecting' | 'open' | 'lost';

/** Follows the stream until the returned function is called. The browser reconnects by itself. */
export function follow(onSnapshot: (snapshot: Snapshot) => void, onLink: (state: LinkState) => void): () => void {
  onLink('connecting');
  const source = new EventSource(`${BASE}/live/stream`);
  source.onopen = () => onLink('open');
  source.onerror = () => onLink('lost');
  source.addEventListener('snapshot', (event) => {
    onLink('open');
    onSnapshot(JSON.parse((event as MessageEvent<string>).data) as Snapshot);
  });
  return () => source.close();
}
