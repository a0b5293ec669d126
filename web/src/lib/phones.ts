/** Telephones: what one is told after it was made. */

export interface PhoneMade {
  account: string;
  password: string;
  /** host:port */
  server: string;
}

/** The account as a SIP address with its password (RFC 3261, section 19.1.1), as softphones read it off a QR code. */
export function sipAddress(phone: PhoneMade): string {
  return `sip:${encodeURIComponent(phone.account)}:${encodeURIComponent(phone.password)}@${phone.server};transport=udp`;
}

/** Limits as the form of a trunk holds them: texts, so that empty means "the switch's own". */
export interface LimitsDraft {
  home: string;
  countries: string;
  per_minute: string;
  concurrent: string;
  daily_cost: string;
  rates: string;
}

interface Limits {
  home?: string;
  countries?: string[];
  per_minute?: number;
  concurrent?: number;
  daily_cost?: number;
  rates?: { prefix: string; per_minute: number }[];
}

/** Rates are written one a line: prefix=price a minute; * stands for all other numbers. */
export function draftOf(limits: Limits = {}): LimitsDraft {
  const text = (n: number | undefined) => (n ? String(n) : '');
  return {
    home: limits.home ?? '', countries: (limits.countries ?? []).join(', '), per_minute: text(limits.per_minute), concurrent: text(limits.concurrent), daily_cost: text(limits.daily_cost),
    rates: (limits.rates ?? []).map((r) => `${r.prefix || '*'}=${r.per_minute}`).join('\n'),
  };
}

/** The stored form; nothing filled in is no limits of one's own. */
export function limitsOf(draft: LimitsDraft): Limits {
  const out: Limits = {};
  const words = draft.countries.split(/[\s,;]+/).filter(Boolean);
  if (draft.home.trim()) out.home = draft.home.trim();
  if (words.length > 0) out.countries = words;
  for (const key of ['per_minute', 'concurrent', 'daily_cost'] as const) if (draft[key].trim()) out[key] = Number(draft[key]);
  const rates = draft.rates.split('\n').map((line) => line.split('=')).filter((p) => p.length === 2 && p[0]!.trim());
  if (rates.length > 0) out.rates = rates.map(([prefix, price]) => ({ prefix: prefix!.trim() === '*' ? '' : prefix!.trim(), per_minute: Number(price) }));
  return out;
}
