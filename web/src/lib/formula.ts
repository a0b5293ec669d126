/**
 * Puts the numbers into a formula: `answered within T / (offered − short abandons)` becomes
 * `812 / (1,034 − 17)`. The words are those of reporting/metric; names of fields work too.
 */

export type Values = Record<string, unknown>;

export interface Piece {
  text: string;
  /** Set when the text is a value that stands for this name. */
  name?: string;
}

/** How formulas call the sums, and the field of a report that holds each. */
const WORDS: Record<string, string> = {
  offered: 'offered',
  answered: 'answered',
  abandoned: 'abandoned',
  overflowed: 'overflowed',
  'timed out': 'timed_out',
  'no agents': 'no_agents',
  voicemail: 'voicemail',
  withdrawn: 'withdrawn',
  lost: 'lost',
  'other exits': 'other',
  blocked: 'blocked',
  'answered within t': 'answered_in_t',
  'abandoned within t': 'abandoned_in_t',
  'short abandons': 'short_abandoned',
  'neutral exits': 'neutral_exits',
  'waiting up to t': 'waiting_in_t',
  'still waiting': 'waiting',
  'callbacks taken': 'callback',
  'callbacks reached': 'callbacks_reached',
  'key exits': 'key_exit',
  'transferred by an agent': 'transferred',
  'visits that left': 'waits',
  'wait of answered': 'wait_answered_us',
  'wait of all': 'wait_us',
  'longest wait': 'longest_us',
  'handled with known time': 'timed',
  talk: 'talk_us',
  hold: 'hold_us',
  'wrap-up': 'wrap_us',
  handling: 'handling_us',
  available: 'available_us',
  'answered with known caller': 'known_caller',
  'not transferred and no repeat within n days': 'resolved',
  'paid agent hours × wage + line cost': 'cost_cents',
  revenue: 'revenue_cents',
};

/** A formula in the reader's language: every known word is replaced by what `word` makes of its field. */
export function translate(formula: string, word: (field: string, english: string) => string): string {
  return formula.replace(pattern(Object.keys(WORDS)), (found) => word(WORDS[found.toLowerCase()]!, found));
}

/** Whole words only, the longest first, so that `abandoned` never eats a part of `abandoned within T`. */
function pattern(words: string[]): RegExp {
  const all = [...words].sort((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${all.map(escape).join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
}

/** Splits a formula into literal text and substituted values, the longest names first. */
export function substitute(formula: string, values: Values, show: (name: string, value: number) => string): Piece[] {
  const known = withDerived(values);
  const field = new Map<string, string>();
  for (const [words, name] of Object.entries(WORDS)) if (typeof known[name] === 'number') field.set(words, name);
  for (const name of Object.keys(known)) if (typeof known[name] === 'number') field.set(name.toLowerCase(), name).set(name.replaceAll('_', ' '), name);
  // Words without a number still have to be recognised, or their parts would be replaced.
  const words = pattern([...new Set([...field.keys(), ...Object.keys(WORDS)])]);
  const out: Piece[] = [];
  let end = 0;
  for (const match of formula.matchAll(words)) {
    const name = field.get(match[0].toLowerCase());
    if (!name) continue;
    if (match.index > end) out.push({ text: formula.slice(end, match.index) });
    out.push({ text: show(name, scaled(name, known[name] as number)), name });
    end = match.index + match[0].length;
  }
  if (end < formula.length) out.push({ text: formula.slice(end) });
  return out;
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Times come in µs and money in hundredths; people read seconds and whole units. */
function scaled(name: string, value: number): number {
  if (name.endsWith('_us')) return value / 1e6;
  return name.endsWith('_cents') ? value / 100 : value;
}

/** True when at least one name was replaced, i.e. the second line of a popover says something new. */
export function substituted(pieces: Piece[]): boolean {
  return pieces.some((piece) => piece.name !== undefined);
}

/**
 * Adds the sums that a formula names but a row may not carry. Counts are whole numbers of visits,
 * so share × base, rounded, restores them exactly; a sum of waits is its mean × its count.
 */
export function withDerived(row: Values): Values {
  const out: Values = { ...row };
  const n = (name: string) => (typeof out[name] === 'number' ? (out[name] as number) : NaN);
  const put = (name: string, value: number) => {
    if (typeof out[name] !== 'number' && Number.isFinite(value)) out[name] = value;
  };
  put('answered_in_t', Math.round(n('sl_offered') * n('offered')));
  put('answered_in_t', Math.round(n('sl_answered') * n('answered')));
  const lessEarly = n('answered_in_t') / n('sl_less_abandons_in_t');
  put('abandoned_in_t', Math.round(n('offered') - lessEarly));
  put('neutral_exits', Math.round(n('offered') - n('short_abandoned') - n('answered_in_t') / n('sl')));
  put('callbacks_reached', n('handled') - n('answered'));
  put('wait_answered_us', n('asa_s') * n('answered') * 1e6);
  put('waits', n('offered') - n('waiting'));
  put('wait_us', n('mean_wait_s') * n('waits') * 1e6);
  put('longest_us', n('longest_wait_s') * 1e6);
  return out;
}
