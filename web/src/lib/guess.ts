/** Guesses a file's format from its name and first lines, so that most people need not choose. */
import type { ImportFormat } from './api/imports';

const NAMES: [pattern: RegExp, format: RegExp][] = [
  [/queue[_-]?log/i, /queue_?log/],
  [/\bcel\b|cel[_.-]/i, /cel/],
  [/callcenter|fs[_-]?events?/i, /callcenter|freeswitch.*(event|dump)/],
];

/** The first characters of a file, unpacked when it is gzip. */
export async function headOf(file: Blob): Promise<string> {
  const start = file.slice(0, 16_384);
  const magic = new Uint8Array(await start.slice(0, 2).arrayBuffer());
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return start.text();
  const reader = start.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < 4096) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The slice ends in the middle of the packed stream: what came before is enough.
  }
  void reader.cancel().catch(() => undefined);
  return text;
}

/** The format (and profile) that fits, or empty strings. Only formats the server offers are named. */
export function guessFormat(name: string, head: string, formats: ImportFormat[]): { format: string; profile: string } {
  const find = (pattern: RegExp) => formats.find((f) => pattern.test(f.format))?.format ?? '';
  const first = head.split('\n', 1)[0] ?? '';
  if (/^\d{9,11}\|/.test(first)) return { format: find(/queue_?log/), profile: '' };
  if (/^Event-Name|CC-Queue|callcenter::info/m.test(head)) return { format: find(/callcenter/), profile: '' };
  if (/vru[.+_]line/i.test(first) && /q_start/i.test(first)) return technion(formats);
  for (const [pattern, format] of NAMES) if (pattern.test(name) && find(format)) return { format: find(format), profile: '' };
  if (/\.(csv|txt|tsv)(\.gz)?$/i.test(name)) return { format: find(/^csv$/), profile: '' };
  return { format: '', profile: '' };
}

function technion(formats: ImportFormat[]): { format: string; profile: string } {
  const csv = formats.find((f) => f.profiles.includes('technion'));
  return { format: csv?.format ?? '', profile: csv ? 'technion' : '' };
}
