/**
 * The one door to /api/v1: adds the CSRF token, understands problem documents (RFC 9457), and
 * tells the session when it has ended.
 */
import type { Params } from '../icu';

export const BASE = '/api/v1';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  params?: Params;
  request_id?: string;
}

/** A refused or failed request. `problem.code` names the reason; a lost connection has status 0. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
  }
  get status(): number {
    return this.problem.status;
  }
}

let csrf = '';
let onSignedOut: () => void = () => {};

/** Set after login; sent with everything that changes state. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** The token for requests that do not go through `api`, such as an upload with progress. */
export function csrfToken(): string {
  return csrf;
}

/** Called when any request is answered with 401. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export type Query = Record<string, string | number | boolean | string[] | null | undefined>;

/** A query string without empty parameters; lists repeat the name. */
export function queryString(query: Query): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    if (Array.isArray(value)) for (const item of value) out.append(name, item);
    else out.set(name, String(value));
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

interface Options {
  query?: Query;
  /** JSON, or a file as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends one request and returns the body and headers; throws ApiError on anything but success. */
export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  const file = options.body instanceof Blob ? options.body : undefined;
  if (options.body !== undefined) headers['Content-Type'] = file ? file.type || 'application/octet-stream' : 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  let response: Response;
  try {
    response = await fetch(BASE + path + queryString(options.query ?? {}), {
      method,
      headers,
      body: file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError({ type: 'about:blank', title: 'unreachable', status: 0, code: 'client.unreachable' });
  }
  if (!response.ok) throw await failure(response, path);
  return response;
}

/** Turns an answer that is not a success into an error, whatever its body is. */
async function failure(response: Response, path: string): Promise<ApiError> {
  const error = new ApiError(parseProblem(await response.text(), response.status, response.statusText));
  if (response.status === 401 && path !== '/auth/login') onSignedOut();
  return error;
}

/** Reads a problem document, or makes one when the body is something else. */
export function parseProblem(body: string, status: number, statusText: string): Problem {
  try {
    const problem = JSON.parse(body) as Problem;
    if (typeof problem.title === 'string') return { ...problem, status };
  } catch {
    // Not JSON: a proxy's page, or nothing at all. The status is all there is to tell.
  }
  return { type: 'about:blank', title: statusText || `HTTP ${status}`, status, code: `http.${status}` };
}

/** Sends a request whose answer is JSON; 204 gives undefined. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Reads JSON. */
export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call<T>('GET', path, { query, signal });
}
