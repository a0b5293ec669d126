/** What the centre consists of and which days have data; definitions of figures by name. */
import { definitions as fetchDefinitions, meta as fetchMeta, type Definition, type Meta } from './api/reports';

let meta = $state.raw<Meta | null>(null);
let defs = $state.raw<Map<string, Definition>>(new Map());
let failed = $state.raw<unknown>(null);

/** The centre, or null until it has been read. */
export function centre(): Meta | null {
  return meta;
}

/** Why the centre could not be read. */
export function centreError(): unknown {
  return failed;
}

/** Reads the centre and, once, the definitions. Called at login and after an import. */
export async function refreshCentre(): Promise<void> {
  try {
    const [m, d] = await Promise.all([fetchMeta(), defs.size ? null : fetchDefinitions()]);
    meta = m;
    if (d) defs = new Map(d.map((def) => [def.name, def]));
    failed = null;
  } catch (error) {
    failed = error;
  }
}

/** Forgets what the last user was allowed to see. */
export function forgetCentre(): void {
  meta = null;
  defs = new Map();
}

/** The definition of a figure; `asa_s` and `asa` name the same one. */
export function definition(name: string): Definition | undefined {
  return defs.get(name) ?? defs.get(name.replace(/_s$/, '')) ?? defs.get(`${name}_s`);
}

const named = (list: { id: string; name: string }[] | undefined, id: string | null | undefined) =>
  id ? (list?.find((item) => item.id === id)?.name ?? id) : '';

/** Names instead of opaque ids, or the id when the name is not known (retired long ago). */
export const queueName = (id: string | null | undefined) => named(meta?.queues, id);
export const agentName = (id: string | null | undefined) => named(meta?.agents, id);
export const teamName = (id: string | null | undefined) => named(meta?.teams, id);

/** A row label of a report by queue, group or site. */
export function unitName(id: string): string {
  return named([...(meta?.queues ?? []), ...(meta?.groups ?? []), ...(meta?.sites ?? [])], id);
}

/** The zone of the centre. */
export function zone(): string {
  return meta?.zone ?? 'UTC';
}
