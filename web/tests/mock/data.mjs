// A made-up centre for the page tests: every figure is a function of a seed, so tests see the same
// page each time. Nothing of this is shipped.

/** A number in [0, 1) from any words (xmur3 into one round of mulberry32). */
export function noise(...words) {
  let h = 1779033703;
  for (const ch of words.join('|')) h = Math.imul(h ^ ch.charCodeAt(0), 3432918353), (h = (h << 13) | (h >>> 19));
  h = Math.imul(h ^ (h >>> 16), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909) ^ (h >>> 16);
  let t = (h + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

export const ZONE = 'Europe/Tallinn';
/** Days with data, the end exclusive; /meta names the last day itself. */
export const RANGE = { from: '2026-05-04', to: '2026-08-03' };
export const NOW = '2026-08-03T11:42:17+03:00';

export const sites = [{ id: 'site_tll', name: 'Tallinn' }];
export const groups = [{ id: 'grp_service', name: 'Service' }, { id: 'grp_sales', name: 'Sales' }];
export const queues = [
  { id: 'que_regular', name: 'Regular customers', site: 'site_tll', group: 'grp_service', weight: 1 },
  { id: 'que_cards', name: 'Cards', site: 'site_tll', group: 'grp_service', weight: 0.45 },
  { id: 'que_new', name: 'New customers', site: 'site_tll', group: 'grp_sales', weight: 0.3 },
  { id: 'que_net', name: 'Internet bank', site: 'site_tll', group: 'grp_service', weight: 0.22 },
];
export const teams = [{ id: 'team_a', name: 'Team Aia' }, { id: 'team_b', name: 'Team Balti' }];
const FIRST = ['Anna', 'Mart', 'Liis', 'Jaan', 'Kati', 'Peeter', 'Riina', 'Toomas', 'Piret', 'Andres', 'Helen', 'Siim', 'Maria', 'Olga'];
const LAST = ['Tamm', 'Saar', 'Sepp', 'Mägi', 'Kask', 'Kukk', 'Rebane', 'Ilves'];
export const agents = Array.from({ length: 26 }, (_, i) => ({
  id: `agt_${String(i + 1).padStart(2, '0')}`,
  name: `${FIRST[i % FIRST.length]} ${LAST[(i * 3) % LAST.length]}`,
  team: i % 2 ? 'team_b' : 'team_a',
}));

const DAY = 86_400_000;
export const addDays = (date, n) => new Date(Date.parse(`${date}T00:00:00Z`) + n * DAY).toISOString().slice(0, 10);
export const isoWeekday = (date) => new Date(`${date}T00:00:00Z`).getUTCDay() || 7;

/** The additive sums of one queue in one slot of minutes. */
function slotSums(queue, date, minute, length) {
  const weekday = isoWeekday(date);
  const hour = minute / 60;
  if (weekday === 7 || hour < 7 || hour >= 21 || date < RANGE.from || date >= RANGE.to) return null;
  const shape = Math.exp(-((hour - 10.5) ** 2) / 6) + 0.75 * Math.exp(-((hour - 15) ** 2) / 9);
  const mean = 34 * shape * queue.weight * (weekday === 1 ? 1.25 : weekday === 6 ? 0.45 : 1) * (length / 30);
  const offered = Math.max(0, Math.round(mean + Math.sqrt(mean) * 2.4 * (noise(queue.id, date, minute) - 0.5)));
  const strain = Math.min(1, Math.max(0, shape * 0.42 - 0.12 + 0.35 * (noise('strain', date, minute) - 0.5) + (date === addDays(RANGE.to, -6) && hour > 9 && hour < 13 ? 0.7 : 0)));
  const abandoned = Math.round(offered * strain * 0.34);
  const timed = offered > 20 && noise('to', queue.id, date, minute) > 0.8 ? 1 : 0;
  const answered = Math.max(0, offered - abandoned - timed);
  const inT = Math.round(answered * Math.max(0.08, 1 - strain * 0.95));
  const short = Math.round(abandoned * 0.22);
  const wait = answered * (6 + strain * 90);
  return { offered, answered, abandoned, timed, inT, short, abInT: Math.round(abandoned * 0.38), wait, talk: answered * 168, hold: answered * 9, wrap: answered * 24, longest: offered ? 15 + strain * 380 : 0, transferred: Math.round(answered * 0.06) };
}

const ZERO = { offered: 0, answered: 0, abandoned: 0, timed: 0, inT: 0, short: 0, abInT: 0, wait: 0, talk: 0, hold: 0, wrap: 0, longest: 0, transferred: 0 };
function add(a, b) {
  const out = { ...a };
  for (const key of Object.keys(ZERO)) out[key] = key === 'longest' ? Math.max(a[key], b[key]) : a[key] + b[key];
  return out;
}

const share = (a, b) => (b > 0 ? a / b : null);

/** The figures of a row from its sums. */
export function figures(s, within = 20) {
  const target = { target_sl: 0.8, target_within_s: within };
  const sl = share(s.inT, s.offered - s.short - 0);
  return {
    offered: s.offered, answered: s.answered, answered_in_t: s.inT, abandoned_in_t: s.abInT, neutral_exits: 0, other: 0, abandoned: s.abandoned, short_abandoned: s.short, overflowed: 0, timed_out: s.timed, key_exit: 0, no_agents: 0, callback: 0, voicemail: 0, withdrawn: 0, lost: 0, waiting: 0, blocked: Math.round(s.offered * 0.004),
    sl, sl_offered: share(s.inT, s.offered), sl_abandon_credit: share(s.inT + s.abInT, s.offered), sl_less_abandons_in_t: share(s.inT, s.offered - s.abInT), sl_answered: share(s.inT, s.answered),
    abandon_rate: share(s.abandoned, s.offered), abandon_rate_long: share(s.abandoned - s.short, s.offered - s.short),
    asa_s: share(s.wait, s.answered), mean_wait_s: share(s.wait * 1.08, s.offered), longest_wait_s: s.offered ? s.longest : null,
    aht_s: share(s.talk + s.hold + s.wrap, s.answered), talk_s: share(s.talk, s.answered), hold_s: share(s.hold, s.answered), wrap_s: share(s.wrap, s.answered),
    handled: s.answered, transferred: s.transferred, transfer_rate: share(s.transferred, s.answered), occupancy: s.offered ? 0.62 + 0.3 * Math.min(1, s.longest / 400) : null,
    ...target, met: sl === null ? null : sl >= 0.8,
  };
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const stamp = (date, minute) => `${minute >= 1440 ? addDays(date, 1) : date}T${clock(minute % 1440)}:00+03:00`;

function* days(from, to) {
  for (let d = from; d < to; d = addDays(d, 1)) yield d;
}

/** Units a report is cut by, each with its queues. */
function units(by, wanted) {
  const list = queues.filter((q) => wanted.length === 0 || wanted.includes(q.id));
  if (by === 'queue') return list.map((q) => [q.id, [q]]);
  const key = by === 'group' ? 'group' : 'site';
  return [...new Set(list.map((q) => q[key]))].map((id) => [id, list.filter((q) => q[key] === id)]);
}

const nameOf = (id) => [...queues, ...groups, ...sites].find((x) => x.id === id)?.name ?? id;

/** Rows of the service level report, and their totals. */
export function serviceRows({ from, to, by = 'queue', interval = '30m', queue = [], within = 20 }) {
  const minutes = { '15m': 15, '30m': 30, '60m': 60 }[interval];
  const rows = [];
  let all = { ...ZERO };
  for (const [id, list] of units(by, queue)) {
    let pending = { ...ZERO };
    let start = from;
    for (const date of days(from, to)) {
      for (let m = 0; m < 1440; m += minutes ?? 30) {
        let sum = null;
        for (const q of list) {
          const one = slotSums(q, date, m, minutes ?? 30);
          if (one) sum = add(sum ?? ZERO, one);
        }
        if (!sum) continue;
        all = add(all, sum);
        if (minutes) rows.push({ start: stamp(date, m), end: stamp(date, m + minutes), label: `${date} ${clock(m)}`, queue: nameOf(id), queue_id: id, ...figures(sum, within) });
        else pending = add(pending, sum);
      }
      const closes = interval === '1d' || (interval === '1w' && isoWeekday(date) === 7) || addDays(date, 1) === to;
      if (!minutes && closes) {
        if (pending.offered) rows.push({ start: stamp(interval === '1d' ? date : start, 0), end: stamp(date, 1440), label: date, queue: nameOf(id), queue_id: id, ...figures(pending, within) });
        pending = { ...ZERO };
        start = addDays(date, 1);
      }
    }
  }
  rows.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return { rows, totals: figures(all, within) };
}

/** Weekday × slot. */
export function heatRows(query) {
  const cells = new Map();
  for (const row of serviceRows({ ...query, by: 'site' }).rows) {
    const key = `${isoWeekday(row.start.slice(0, 10))} ${row.start.slice(11, 16)}`;
    const cell = cells.get(key) ?? { offered: 0, met: 0, abandoned: 0, short: 0, intervals: 0, missed: 0 };
    cell.offered += row.offered;
    cell.abandoned += row.abandoned;
    cell.short += row.short_abandoned;
    cell.met += Math.round((row.sl_offered ?? 0) * row.offered);
    cell.intervals++;
    if (row.met === false) cell.missed++;
    cells.set(key, cell);
  }
  return [...cells].map(([key, c]) => ({
    weekday: Number(key[0]), slot: key.slice(2), offered: c.offered, sl: share(c.met, c.offered - c.short), abandoned: c.abandoned, abandon_rate: share(c.abandoned, c.offered), intervals: c.intervals, missed: c.missed,
  }));
}
