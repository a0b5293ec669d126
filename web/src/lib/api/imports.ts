/** Imports: formats, uploads with progress, the report of one import, the sample centre. */
import { list } from './auth';
import { ApiError, BASE, call, csrfToken, get, parseProblem } from './client';

export interface ImportFormat {
  format: string;
  profiles: string[];
  zone_needed: boolean;
  /** Zones that profiles bring along, by profile. */
  zones?: Record<string, string>;
  /** The records carry their own site: no zone is asked. */
  placed?: boolean;
}

export interface ImportProblem {
  line: number;
  reason: string;
  count: number;
  outcome?: 'rejected' | 'skipped' | 'warned';
}

export interface ImportRun {
  id: string;
  /** Zone of the site the records were filed under. */
  zone?: string;
  started_at?: string;
  /** Id of that site. */
  site?: string;
  file: string;
  format: string;
  profile?: string | null;
  state: 'waiting' | 'running' | 'done' | 'failed';
  read_bytes: number;
  total_bytes: number;
  rows: number;
  mapped: number;
  /** Kept as they stood. */
  raw?: number;
  /** Left out on purpose. */
  skipped?: number;
  rejected: number;
  events: number;
  /** The first and the last instant. */
  range?: { from: string; to: string } | null;
  problems?: ImportProblem[] | null;
  error?: string | null;
}

export async function formats(): Promise<ImportFormat[]> {
  return list(await get<ImportFormat[] | { rows: ImportFormat[] }>('/import-formats'));
}

export async function runs(signal?: AbortSignal): Promise<ImportRun[]> {
  return list(await get<ImportRun[] | { rows: ImportRun[] }>('/imports', undefined, signal));
}

export const run = (id: string, signal?: AbortSignal) =>
  get<ImportRun>(`/imports/${encodeURIComponent(id)}`, undefined, signal);

/** Stops an import; what it published stays. */
export const stop = (id: string) => call<void>('DELETE', `/imports/${encodeURIComponent(id)}`);

/** Starts making and importing the sample centre; its progress is that of an import. */
export const makeSample = () => call<{ id: string }>('POST', '/sample');

export interface Upload {
  file: File;
  format: string;
  /** The name of a shipped profile, or the YAML of one's own. */
  profile: string;
  zone: string;
}

/** Uploads a file. XMLHttpRequest, because fetch cannot report the progress of what it sends. */
export function upload(what: Upload, progress: (share: number) => void, signal: AbortSignal): Promise<{ id: string }> {
  const form = new FormData();
  form.set('format', what.format);
  form.set('profile', what.profile);
  form.set('zone', what.zone);
  form.set('file', what.file, what.file.name);
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', `${BASE}/imports`);
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.setRequestHeader('X-CSRF-Token', csrfToken());
    xhr.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) resolve(JSON.parse(xhr.responseText) as { id: string });
      else reject(new ApiError(parseProblem(xhr.responseText, xhr.status, xhr.statusText)));
    };
    xhr.onerror = () =>
      reject(new ApiError({ type: 'about:blank', title: 'unreachable', status: 0, code: 'client.unreachable' }));
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal.addEventListener('abort', () => xhr.abort());
    xhr.send(form);
  });
}
