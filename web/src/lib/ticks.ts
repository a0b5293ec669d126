/** Where the labels of an ordinal time axis go: days when there are several, hours within one, never closer than asked. */

export interface Wall {
  date: string;
  time: string;
}

export interface Tick {
  index: number;
  /** A day starts here. */
  day: boolean;
}

/** Chooses ticks among the points first..last so that they stand at least `gap` points apart. */
export function ticks(points: readonly Wall[], first: number, last: number, gap: number): Tick[] {
  const from = Math.max(0, Math.ceil(first));
  const to = Math.min(points.length - 1, Math.floor(last));
  if (to < from) return [];
  const isDay = (i: number) => i === 0 || points[i]!.date !== points[i - 1]!.date;
  const days: number[] = [];
  for (let i = from; i <= to; i++) if (isDay(i)) days.push(i);
  const perDay = days.length > 1 ? (days.at(-1)! - days[0]!) / (days.length - 1) : to - from + 1;
  if (days.length > 1 && perDay <= gap * 2) return spaced(thin(days, gap).map((index) => ({ index, day: true })), gap);
  const wanted = [1, 2, 3, 4, 6, 12].find((h) => hourGap(points, from, to) * h >= gap) ?? 24;
  const out: Tick[] = [];
  for (let i = from; i <= to; i++) {
    const hour = Number(points[i]!.time.slice(0, 2));
    if (points[i]!.time.endsWith(':00') && hour % wanted === 0) out.push({ index: i, day: isDay(i) });
    else if (isDay(i)) out.push({ index: i, day: true });
  }
  return spaced(out, gap);
}

/** How many points make an hour. */
function hourGap(points: readonly Wall[], from: number, to: number): number {
  const a = points[from]!;
  const b = points[Math.min(from + 1, to)]!;
  const minutes = (w: Wall) => Number(w.time.slice(0, 2)) * 60 + Number(w.time.slice(3, 5));
  const step = minutes(b) - minutes(a);
  return step > 0 ? 60 / step : 1;
}

/** Every k-th, so that neighbours keep the gap. */
function thin(at: number[], gap: number): number[] {
  if (at.length < 2) return at;
  const each = (at.at(-1)! - at[0]!) / (at.length - 1);
  const step = Math.max(1, Math.ceil(gap / each));
  return at.filter((_, i) => i % step === 0);
}

/** Drops ticks that stand too close; a day's start wins over an hour. */
function spaced(all: Tick[], gap: number): Tick[] {
  const out: Tick[] = [];
  for (const tick of all) {
    const before = out.at(-1);
    if (!before || tick.index - before.index >= gap) out.push(tick);
    else if (tick.day && !before.day) out[out.length - 1] = tick;
  }
  return out;
}
