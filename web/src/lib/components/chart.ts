/** Turns a description of a chart into uPlot's options. The colours come from the theme's custom properties. */
import uPlot from 'uplot';
import type { Unit } from '../format';

export interface Series {
  key: string;
  label: string;
  values: (number | null)[];
  kind: 'bar' | 'line' | 'step';
  /** A colour token without its `--c-`. */
  color: string;
  unit: Unit;
  dash?: boolean;
  /** Bars that stand on each other, in the order given. */
  stack?: boolean;
  /** Bars side by side: which of how many. */
  slot?: [number, number];
  /** Drawn, but not in the legend or the data table (edges of a band). */
  hidden?: boolean;
}

export interface Spec {
  /** Positions; ordinal charts use 0, 1, 2 … */
  xs: number[];
  ordinal: boolean;
  series: Series[];
  yUnit: Unit;
  yMax?: number;
  /** Bars thinner than this share of their slot. */
  barShare?: number;
  /** Filled between two series, by key. */
  band?: { low: string; high: string };
  /** Highlighted stretches of x. */
  marks?: { from: number; to: number; label: string }[];
  splits: (min: number, max: number, perPoint: number) => number[];
  xText: (at: number[], perPoint: number) => string[];
  yText: (value: number, step: number) => string;
  sync?: string;
  onCursor: (index: number | null) => void;
}

/** Data as uPlot wants it: stacked series become running sums. */
export function chartData(spec: Spec): uPlot.AlignedData {
  const sums = new Array<number>(spec.xs.length).fill(0);
  const columns = spec.series.map((s) => {
    if (!s.stack) return s.values;
    return s.values.map((v, i) => (sums[i] = sums[i]! + (v ?? 0)));
  });
  // The highest sum is drawn first so that the lower ones cover its foot.
  return [spec.xs, ...drawOrder(spec.series).map((i) => columns[i]!)];
}

/** Stacked series back to front, then the rest. */
export function drawOrder(series: Series[]): number[] {
  const all = series.map((_, i) => i);
  return [...all.filter((i) => series[i]!.stack).reverse(), ...all.filter((i) => !series[i]!.stack)];
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function bars(s: Series, share: number): uPlot.Series.PathBuilder {
  if (!s.slot) return uPlot.paths.bars!({ size: [share, 64] });
  const [at, of] = s.slot;
  return uPlot.paths.bars!({ size: [share / of, 40], align: of === 1 ? 0 : at === 0 ? -1 : 1 });
}

function series(spec: Spec, s: Series): uPlot.Series {
  const color = css(`--c-${s.color}`);
  if (s.kind === 'bar') {
    return { label: s.label, fill: color, stroke: color, width: 0, points: { show: false }, paths: bars(s, spec.barShare ?? 0.86) };
  }
  return {
    label: s.label,
    stroke: color,
    width: s.hidden ? 0 : s.dash ? 1.5 : 1.75,
    dash: s.dash ? [6, 4] : undefined,
    points: { show: s.kind === 'line' && !s.hidden && !s.dash && spec.xs.length <= 32, size: 5, fill: color },
    paths: s.kind === 'step' ? uPlot.paths.stepped!({ align: 1 }) : uPlot.paths.linear!(),
    spanGaps: false,
  };
}

function drawMarks(spec: Spec): (u: uPlot) => void {
  return (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    for (const [i, mark] of (spec.marks ?? []).entries()) {
      const left = Math.max(bbox.left, u.valToPos(mark.from, 'x', true));
      const right = Math.min(bbox.left + bbox.width, u.valToPos(mark.to, 'x', true));
      ctx.globalAlpha = 0.28;
      ctx.fillStyle = css('--c-bump');
      ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillStyle = css('--text');
      ctx.font = `${11 * devicePixelRatio}px ${css('--font')}`;
      ctx.textAlign = right + 90 * devicePixelRatio > bbox.left + bbox.width ? 'right' : 'left';
      ctx.fillText(mark.label, ctx.textAlign === 'left' ? right + 4 : left - 4, bbox.top + (12 + (i % 2) * 13) * devicePixelRatio); // neighbours on two lines
    }
    ctx.restore();
  };
}

/** CSS pixels for one unit of x. */
function perPoint(u: uPlot): number {
  const { min, max } = u.scales.x!;
  return u.bbox.width / devicePixelRatio / Math.max(1e-9, (max ?? 1) - (min ?? 0));
}

function axes(spec: Spec): uPlot.Axis[] {
  const common = {
    stroke: css('--muted'),
    font: `11px ${css('--font')}`,
    grid: { stroke: css('--line'), width: 1 },
    ticks: { stroke: css('--line'), width: 1, size: 4 },
  };
  return [
    {
      ...common,
      grid: { show: false },
      size: 28,
      splits: (u, _axis, min, max) => spec.splits(min, max, perPoint(u)),
      values: (u, at) => spec.xText(at, perPoint(u)),
    },
    { ...common, size: 54, space: 28, values: (_u, at) => at.map((v) => (v === null ? '' : spec.yText(v, (at[1] ?? 1) - (at[0] ?? 0)))) },
  ];
}

/** uPlot's options for a chart of this size. */
export function chartOptions(spec: Spec, width: number, height: number): uPlot.Options {
  const order = drawOrder(spec.series);
  const n = spec.xs.length;
  const options: uPlot.Options = {
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: n > 2, y: false, setScale: true },
      sync: spec.sync ? { key: spec.sync, scales: ['x', null] } : undefined,
    },
    scales: {
      x: spec.ordinal
        ? { time: false, range: (_u, min, max) => [Math.floor(min + 0.001) - 0.5, Math.ceil(max - 0.001) + 0.5] }
        : { time: false },
      y: { range: (_u, _min, max) => [0, spec.yMax ?? (max > 0 ? max * 1.08 : 1)] },
    },
    axes: axes(spec),
    series: [{}, ...order.map((i) => series(spec, spec.series[i]!))],
    hooks: { setCursor: [(u) => spec.onCursor(u.cursor.idx ?? null)], drawClear: [drawMarks(spec)] },
  };
  if (spec.band) {
    const at = (key: string) => 1 + order.findIndex((i) => spec.series[i]!.key === key);
    options.bands = [{ series: [at(spec.band.high), at(spec.band.low)], fill: css('--c-band') }];
  }
  return options;
}

/** Makes the chart in an element. */
export function draw(node: HTMLElement, spec: Spec, height: number): uPlot {
  return new uPlot(chartOptions(spec, Math.max(120, node.clientWidth), height), chartData(spec), node);
}
