/** Names of figures, exits, states and reasons in the reader's language. */
import type { Unit } from './format';
import { translate } from './formula';
import { dyn } from './i18n.svelte';
import { definition } from './meta.svelte';

/** A readable name out of an identifier that has no translation: `no_agents` → `no agents`. */
const plain = (name: string) => name.replace(/_(s|us)$/, '').replaceAll('_', ' ');

export const metricLabel = (name: string) => dyn(`ui.m.${name.replace(/_(s|us)$/, '')}`, plain(name));
export const exitLabel = (exit: string) => dyn(`ui.exit.${exit}`, plain(exit));
export const stateLabel = (state: string) => dyn(`ui.state.${state}`, plain(state));
export const roleLabel = (role: string) => dyn(`ui.role.${role}`, plain(role));

const SHARES = /^(sl($|_)|abandon_rate|transfer_rate|occupancy|rate|share|containment|drop_off|target_sl|queued_rate|fcr|csat|within_|credit)/;

/** A formula in the reader's language; the words come with the first formula that is opened. */
export const formulaText = (formula: string) => translate(formula, (field, english) => dyn(`ui.w.${field}`, english));

/** What a figure means, in the reader's language. */
export const definitionText = (name: string) => dyn(`ui.d.${definition(name)?.name ?? name}`, definition(name)?.text ?? '');

/** The unit of a figure: from its definition, else from its name. */
export function metricUnit(name: string): Unit {
  const def = definition(name);
  if (def) return def.unit;
  if (name.endsWith('_us')) return 'seconds';
  if (name.endsWith('_cents')) return 'money';
  if (name.endsWith('_s')) return 'seconds';
  if (SHARES.test(name)) return 'share';
  return 'count';
}
