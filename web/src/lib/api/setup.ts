/** Set-up: rows of an area (list, read, create, change with If-Match, retire, restore) and dated rows beneath one. */
import { call, get, send, type Query } from './client';

export type SetupRow = Record<string, unknown> & { id: string; version?: number; retired_at?: string | null };

export interface Versioned {
  row: SetupRow;
  etag: string;
}

/** A row that holds from an instant on; null means since ever. */
export type DatedRow = Record<string, unknown> & { valid_from: string | null; version: number };

const path = (area: string, id?: string, rest = '') => `/setup/${area}` + (id === undefined ? '' : `/${encodeURIComponent(id)}${rest}`);

interface Page<T> {
  rows: T[];
  next: string | null;
}

/** Every row of an area, page after page. */
export async function rows(area: string, query: Query = {}, signal?: AbortSignal): Promise<SetupRow[]> {
  const out: SetupRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<SetupRow> = await get(path(area), { ...query, cursor }, signal);
    out.push(...page.rows);
    cursor = page.next ?? null;
  } while (cursor);
  return out;
}

/** One row with the version that a change must name. */
export async function read(area: string, id: string): Promise<Versioned> {
  const response = await send('GET', path(area, id));
  return { row: (await response.json()) as SetupRow, etag: response.headers.get('ETag') ?? '' };
}

export const create = (area: string, row: Record<string, unknown>) => call<SetupRow>('POST', path(area), { body: row });

/** Changes a row; 412 means that someone else changed it since it was read. */
export const change = (area: string, id: string, etag: string, row: Record<string, unknown>) =>
  call<SetupRow>('PATCH', path(area, id), { body: row, headers: { 'If-Match': etag } });

export const retire = (area: string, id: string, etag: string) => call<void>('DELETE', path(area, id), { headers: { 'If-Match': etag } });

export const restore = (area: string, id: string, etag: string) =>
  call<SetupRow>('POST', path(area, id, '/restore'), { headers: { 'If-Match': etag } });

export async function dated(area: string, id: string, what: string, signal?: AbortSignal): Promise<DatedRow[]> {
  return (await get<Page<DatedRow>>(path(area, id, `/${what}`), undefined, signal)).rows;
}

export const putDated = (area: string, id: string, what: string, row: Record<string, unknown>) =>
  call<DatedRow>('PUT', path(area, id, `/${what}`), { body: row });

export const removeDated = (area: string, id: string, what: string, row: DatedRow, extra: Query = {}) =>
  call<void>('DELETE', path(area, id, `/${what}`), {
    query: { valid_from: row.valid_from ?? 'always', ...extra },
    headers: { 'If-Match': `"${row.version}"` },
  });

/** Gives a user a new one-time password; it is in this answer only. */
export const resetPassword = (id: string) => call<{ password: string }>('POST', path('users', id, '/password'));
