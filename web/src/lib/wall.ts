/**
 * Wall-clock arithmetic without time-zone rules. The server is the only authority on local time:
 * it sends RFC 3339 stamps with the site's offset, whose first 16 characters are the wall clock.
 * Only stamps that come in UTC are converted, by Intl, with the zone of /meta.
 */

/** `2026-03-29T09:30:00+03:00` → { date: '2026-03-29', time: '09:30' }. */
export function wall(stamp: string, zone: string): { date: string; time: string; seconds: string } {
  if (!stamp.endsWith('Z') || zone === 'UTC') {
    return { date: stamp.slice(0, 10), time: stamp.slice(11, 16) || '00:00', seconds: stamp.slice(11, 19) };
  }
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(stamp));
  const get = (type: string) => parts.find((p) => p.type === type)?.value ?? '00';
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    time: `${get('hour')}:${get('minute')}`,
    seconds: `${get('hour')}:${get('minute')}:${get('second')}`,
  };
}

const DAY = 86_400_000;

/** True for `YYYY-MM-DD` that exists in the calendar. */
export function isDate(text: string | null | undefined): text is string {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Calendar days later (or earlier). Dates carry no zone, so UTC is used for the arithmetic only. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Whole days from a to b. */
export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / DAY);
}

/** First day of the month of a date. */
export function monthStart(date: string): string {
  return `${date.slice(0, 8)}01`;
}

/** First day of the next month. */
export function nextMonth(date: string): string {
  return monthStart(addDays(monthStart(date), 32));
}
