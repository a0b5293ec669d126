/** The switch as it stands: queues with their callers, agents with their calls, and what may be done about them. */
import { ApiError, BASE, call, get } from './client';

export interface Caller {
  visit: string;
  interaction: string;
  queue: string;
  channel?: string;
  stage: string;
  joined_at: string;
  priority: number;
  position: number;
  skills: string[];
  /** Agents whose phones ring. */
  ringing: string[];
  /** Id of the wrap-up code, if one was set. */
  code?: string;
}

export interface Offer {
  visit: string;
  interaction: string;
  queue: string;
  since: string;
  until: string;
}

export interface Line {
  interaction: string;
  outgoing: boolean;
  state: 'dialling' | 'talking' | 'hold' | 'consulting';
  consults?: string;
  consult?: 'ringing' | 'talking';
  recording?: 'running' | 'paused';
  conference?: boolean;
}

export interface Code {
  id: string;
  code: string;
  label: string;
}

export interface Agent {
  id: string;
  name: string;
  signed_in: boolean;
  registered: boolean;
  state: string;
  reason?: string;
  next?: string;
  since: string;
  wrap_until?: string;
  queues: string[];
  calls: number;
  offer?: Offer;
  contact?: Caller;
  line?: Line;
  caller?: string;
  attributes?: Record<string, string>;
  pop?: string;
  wrap_up?: { codes: Code[] | null; required: boolean; may_extend: boolean };
  watched?: { by: string; mode: string }[];
}

export interface Queue {
  id: string;
  name: string;
  staffed: number;
  free: number;
  waiting: Caller[];
}

export interface Live {
  at: string;
  version: number;
  queues: Queue[];
  agents: Agent[];
}

interface Change extends Partial<Live> {
  at: string;
  gone?: { queues?: string[]; agents?: string[] };
}

export interface Pop {
  stage: 'ringing' | 'connected';
  interaction: string;
  queue_name: string;
  caller?: string;
  url?: string;
}

/** Rows with the changed ones put in place by id, new ones at the end, and those that are gone left out. */
export function merged<T extends { id: string }>(rows: T[], changed: T[] = [], gone: string[] = []): T[] {
  const fresh = new Map(changed.map((row) => [row.id, row]));
  const out = rows.filter((row) => !gone.includes(row.id)).map((row) => fresh.get(row.id) ?? row);
  const known = new Set(rows.map((row) => row.id));
  return [...out, ...changed.filter((row) => !known.has(row.id))];
}

/** How things stand after a change. */
export function applied(live: Live, change: Change): Live {
  return {
    at: change.at,
    version: change.version ?? live.version,
    queues: merged(live.queues, change.queues ?? [], change.gone?.queues),
    agents: merged(live.agents, change.agents ?? [], change.gone?.agents),
  };
}

export type LinkState = 'connecting' | 'open' | 'lost';

interface Follower {
  events: Record<string, (data: unknown) => void>;
  onLink: (state: LinkState) => void;
  /** Why there is no stream: the browser does not say, so the plain answer is asked. */
  onError: (error: unknown) => void;
}

const RETRY_MS = 3000;

/** Follows a stream until the returned function is called, through refusals and restarts of the switch. */
function stream(path: string, ask: string, f: Follower): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let ended = false;
  const open = () => {
    source = new EventSource(BASE + path);
    source.onopen = () => f.onLink('open');
    source.onerror = () => {
      f.onLink('lost');
      if (source?.readyState === EventSource.CLOSED) void failed();
    };
    for (const [name, handle] of Object.entries(f.events)) {
      source.addEventListener(name, (event) => {
        f.onLink('open');
        handle(JSON.parse((event as MessageEvent<string>).data));
      });
    }
  };
  const failed = async () => {
    source?.close();
    try {
      await get(ask);
    } catch (error) {
      if (!ended) f.onError(error);
    }
    if (!ended) timer = window.setTimeout(open, RETRY_MS);
  };
  f.onLink('connecting');
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** Follows queues and agents. */
export function watch(onLive: (live: Live) => void, onLink: (state: LinkState) => void, onError: (error: unknown) => void): () => void {
  let live: Live | null = null;
  const show = (next: Live) => onLive((live = next));
  return stream('/switch/events', '/switch/live', {
    events: { snapshot: (data) => show(data as Live), changed: (data) => live && show(applied(live, data as Change)) },
    onLink, onError,
  });
}

/** Follows the own state and call. */
export function watchMe(onAgent: (agent: Agent) => void, onPop: (pop: Pop) => void, onLink: (state: LinkState) => void, onError: (error: unknown) => void): () => void {
  return stream('/switch/me/events', '/switch/me', {
    events: { agent: (data) => onAgent(data as Agent), pop: (data) => onPop(data as Pop) },
    onLink, onError,
  });
}

/** A key under which a command takes effect once; crypto.randomUUID needs https, which a centre's own network may not have. */
export function onceKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

const command = <T = void>(path: string, body: object) => call<T>('POST', `/switch/${path}`, { body, headers: { 'Idempotency-Key': onceKey() } });
const to = (what: string, id: string, act: string) => `${what}/${encodeURIComponent(id)}/${act}`;

export const setMyState = (state: string, reason = '') => command('me/state', { state, reason });
export const controlMyCall = (action: string, target = '') => command('me/call', { action, to: target });
export const pauseMyRecording = (action: 'pause' | 'resume') => command('me/recording', { action });
export const codeMyContact = (code: string) => command('me/code', { code });
export const dial = (target: string) => command<{ interaction: string }>('me/dial', { to: target });
export const forceState = (agent: string, state: string, reason = '') => command(to('agents', agent, 'state'), { state, reason });
export const controlCall = (agent: string, action: string, target = '') => command(to('agents', agent, 'call'), { action, to: target });
export const supervise = (agent: string, mode: string, phone = '') => command(to('agents', agent, 'supervise'), phone ? { mode, phone } : { mode });
export const move = (visit: string, body: { action: string; to?: string; priority?: number }) => command(to('visits', visit, 'move'), body);

export interface Lines {
  trunks: { name: string; alive: boolean; registered: boolean; error?: string; round_trip?: number }[];
  phones: { account: string; agent?: string; devices: { address: string; network: string; until: string; product?: string }[] }[];
  codes: Record<string, string>;
}

export const lines = (signal?: AbortSignal) => get<Lines>('/switch/lines', undefined, signal);

export interface Recording {
  id: string;
  interaction: string;
  queue?: string;
  agent?: string;
  party?: string;
  kind: 'call' | 'voicemail';
  started_at: string;
  keep_until?: string;
  hold?: boolean;
  finished: boolean;
  length_us?: number;
  redacted?: number;
  erased_at?: string;
}

export const recordings = (query: Record<string, string>, signal?: AbortSignal) => get<{ recordings: Recording[]; more: boolean }>('/recordings', query, signal);
export const audioOf = (id: string) => `${BASE}/recordings/${encodeURIComponent(id)}/audio`;
export const holdRecording = (id: string, hold: boolean) => call<Recording>('PUT', `/recordings/${encodeURIComponent(id)}/hold`, { body: { hold } });
export const eraseRecording = (id: string) => call<void>('DELETE', `/recordings/${encodeURIComponent(id)}`);

/** True for an account without an agent, or an agent whom the switch does not know. */
export const noAgent = (error: unknown) => error instanceof ApiError && (error.problem.code === 'switch.no_agent' || error.problem.code === 'switch.unknown');
