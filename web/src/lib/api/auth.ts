/** Login, the signed-in user, API tokens, audit. */
import { call, get, setCsrf, type Query } from './client';

export type Role = 'admin' | 'planner' | 'manager' | 'supervisor' | 'quality' | 'agent' | 'viewer';

export interface Me {
  /** Id. */
  user: string;
  login: string;
  name: string;
  agent?: string;
  roles: Role[];
  grants: string[];
  scopes: { sites?: string[]; queues?: string[]; teams?: string[] };
  /** Empty follows the browser. */
  locale: string;
  theme: string;
  csrf: string;
  must_change_password: boolean;
}

export interface Token {
  id: string;
  name: string;
  created_at: string;
  last_used_at?: string | null;
  expires_at?: string | null;
}

export interface AuditRow {
  id: string;
  at: string;
  user: string;
  user_id: string;
  address: string;
  request_id: string;
  action: string;
  object: string;
  object_id: string;
  /** JSON: the changed fields, each with its old and new value. */
  detail: string;
}

/** Opens a session; the cookie is set by the server. */
export function login(user: string, password: string): Promise<void> {
  return call('POST', '/auth/login', { body: { user, password } });
}

export function logout(): Promise<void> {
  return call('POST', '/auth/logout');
}

/** The signed-in user; also keeps the CSRF token for later requests. */
export async function me(): Promise<Me> {
  const answer = await get<Me>('/auth/me');
  setCsrf(answer.csrf);
  return answer;
}

export function changePassword(old: string, next: string): Promise<void> {
  return call('POST', '/auth/password', { body: { old, new: next } });
}

export function saveMe(changes: { locale?: string; theme?: string }): Promise<void> {
  return call('PATCH', '/auth/me', { body: changes });
}

export async function tokens(): Promise<Token[]> {
  return list(await get<Token[] | { rows: Token[] }>('/auth/tokens'));
}

/** Makes a token. Its secret is in this answer only. */
export function makeToken(name: string, days?: number): Promise<Token & { token: string }> {
  return call('POST', '/auth/tokens', { body: { name, days } });
}

export function revokeToken(id: string): Promise<void> {
  return call('DELETE', `/auth/tokens/${encodeURIComponent(id)}`);
}

export function audit(query: Query, signal?: AbortSignal): Promise<{ rows: AuditRow[]; next?: string | null }> {
  return get('/audit', query, signal);
}

/** Lists come bare or as `{rows}`. */
export function list<T>(answer: T[] | { rows: T[] }): T[] {
  return Array.isArray(answer) ? answer : answer.rows;
}
