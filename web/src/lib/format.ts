/** Numbers, durations and dates as people read them. A null is "not defined" and never a zero. */

export type Unit = 'count' | 'seconds' | 'share' | 'money' | 'duration' | 'ratio' | 'text';

/** What stands where a figure is not defined. */
export const NONE = '–';

const cache = new Map<string, Intl.NumberFormat>();

function nf(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let made = cache.get(key);
  if (!made) cache.set(key, (made = new Intl.NumberFormat(locale, options)));
  return made;
}

const dates = new Map<string, Intl.DateTimeFormat>();

/** A date format; making one costs more than using it a hundred times. */
export function dtf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let made = dates.get(key);
  if (!made) dates.set(key, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

/** A decimal number with at most (and, if fixed, exactly) the given digits. */
export function decimal(value: number, locale: string, digits = 0, fixed = true): string {
  return nf(locale, { maximumFractionDigits: digits, minimumFractionDigits: fixed ? digits : 0 }).format(value);
}

/** A share of 0..1 as per cent. */
export function percent(value: number, locale: string, digits = 1): string {
  return nf(locale, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Seconds as h:mm:ss, or m:ss below an hour. */
export function clock(seconds: number): string {
  const total = Math.round(Math.abs(seconds));
  const h = Math.floor(total / 3600);
  const m = Math.floor((total % 3600) / 60);
  const s = String(total % 60).padStart(2, '0');
  const sign = seconds < 0 && total > 0 ? '−' : '';
  return h > 0 ? `${sign}${h}:${String(m).padStart(2, '0')}:${s}` : `${sign}${m}:${s}`;
}

/** Seconds for a card: `32.6 s` below two minutes, a clock above. */
export function seconds(value: number, locale: string): string {
  if (Math.abs(value) >= 120) return clock(value);
  return `${decimal(value, locale, 1)}\u00a0s`;
}

/** One figure of a unit. Cards show shares with two digits (`wide`), tables with one. */
export function figure(
  value: number | string | null | undefined,
  unit: Unit,
  locale: string,
  options: { wide?: boolean; currency?: string } = {},
): string {
  if (value === null || value === undefined || value === '') return NONE;
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return NONE;
  switch (unit) {
    case 'share':
      return percent(value, locale, options.wide ? 2 : 1);
    case 'seconds':
      return options.wide ? seconds(value, locale) : decimal(value, locale, 1);
    case 'duration':
      return clock(value);
    case 'money':
      return options.currency
        ? nf(locale, { style: 'currency', currency: options.currency }).format(value)
        : decimal(value, locale, 2);
    case 'ratio':
      return decimal(value, locale, 2);
    case 'text':
      return String(value);
    default:
      return decimal(value, locale, Number.isInteger(value) ? 0 : 1);
  }
}

/** A calendar date (`YYYY-MM-DD`) in the reader's language. */
export function date(value: string, locale: string, style: 'medium' | 'short' | 'weekday' | 'month' = 'medium'): string {
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return value;
  const options: Record<typeof style, Intl.DateTimeFormatOptions> = {
    medium: { day: 'numeric', month: 'short', year: 'numeric' },
    short: { day: 'numeric', month: 'short' },
    weekday: { weekday: 'short', day: 'numeric', month: 'short' },
    month: { month: 'long', year: 'numeric' },
  };
  return dtf(locale, { ...options[style], timeZone: 'UTC' }).format(day);
}

/** An inclusive range of calendar dates from an exclusive end, e.g. `1–31 Oct 1999`. */
export function dateRange(from: string, toExclusive: string, locale: string): string {
  const a = new Date(`${from.slice(0, 10)}T00:00:00Z`);
  const b = new Date(Date.parse(`${toExclusive.slice(0, 10)}T00:00:00Z`) - 86_400_000);
  if (Number.isNaN(a.getTime()) || Number.isNaN(b.getTime())) return `${from} – ${toExclusive}`;
  const fmt = dtf(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return b < a ? fmt.format(a) : fmt.formatRange(a, b);
}

/** ISO weekday 1..7 (Monday first) by name. */
export function weekday(iso: number, locale: string, width: 'short' | 'long' = 'short'): string {
  // 2024-01-01 was a Monday.
  const day = new Date(Date.UTC(2024, 0, iso));
  return dtf(locale, { weekday: width, timeZone: 'UTC' }).format(day);
}

/** Bytes with a binary prefix. */
export function bytes(value: number, locale: string): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (value >= 1024 && i < units.length - 1) {
    value /= 1024;
    i++;
  }
  return `${decimal(value, locale, i === 0 || value >= 100 ? 0 : 1)} ${units[i]}`;
}
