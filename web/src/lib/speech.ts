/** Seconds as a player shows them: 75.4 → 1:15. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const m = Math.floor(s / 60);
  const rest = String(s % 60).padStart(2, '0');
  return m < 60 ? `${m}:${rest}` : `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}:${rest}`;
}

/** A waveform lane as one closed path: columns of 0 to 1 around the middle of a box of the given height. */
export function lanePath(columns: readonly number[], height: number): string {
  const middle = height / 2;
  const y = (v: number) => Math.max(0.4, Math.min(1, v) * middle);
  const top = columns.map((v, i) => `${i},${(middle - y(v)).toFixed(1)}`);
  const bottom = columns.map((v, i) => `${i},${(middle + y(v)).toFixed(1)}`).reverse();
  return top.length === 0 ? '' : `M${top.join('L')}L${bottom.join('L')}Z`;
}

/** The index of the last item that has begun at a time; -1 before the first. Items are in order of start. */
export function current(items: readonly { start: number }[], at: number): number {
  let lo = 0;
  let hi = items.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if ((items[mid]?.start ?? Infinity) <= at) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}
