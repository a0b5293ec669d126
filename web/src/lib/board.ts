/** The schedule board's arithmetic: places on the grid, moves, cover. Pure, so that it can be tested without a page. */
import type { Block, Line, PlanAgent, Problem, Shift } from './api/plan';

/** Minutes from the horizon's first midnight. */
export const minuteOf = (stamp: string, start: number): number => Math.round((Date.parse(stamp) - start) / 60_000);

/** A stamp some minutes later, with the same offset; the server corrects it where clocks change. */
export function later(stamp: string, minutes: number): string {
  const zone = /(Z|[+-]\d\d:\d\d)$/.exec(stamp)?.[1] ?? 'Z';
  const offset = zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));
  const wall = new Date(Date.parse(stamp) + (minutes + offset) * 60_000).toISOString().slice(0, 19);
  return zone === 'Z' ? `${wall}Z` : wall + zone;
}

const moveBlock = (b: Block, minutes: number): Block => ({
  ...b,
  start: later(b.start, minutes),
  pauses: b.pauses?.map((p) => ({ ...p, start: later(p.start, minutes) })),
});

/** The shift some minutes later, breaks and all; its date follows its first start. */
export function moved(shift: Shift, minutes: number): Shift {
  const blocks = shift.blocks.map((b) => moveBlock(b, minutes));
  return { ...shift, blocks, date: blocks[0]?.start.slice(0, 10) ?? shift.date };
}

/** Whether an agent can serve a line. */
export function serves(agent: PlanAgent, line: { skill: string; site?: string }): boolean {
  return agent.skills.includes(line.skill) && (!line.site || line.site === agent.site);
}

/** Adds a shift to (or takes it from) the people able to serve each line, in place. */
export function count(able: number[][], problem: Problem, agent: PlanAgent, shift: Shift, start: number, by: 1 | -1): void {
  const slot = problem.slot_minutes;
  const span = (from: number, minutes: number, n: number) => {
    for (let i = 0; i < problem.lines.length; i++) {
      const row = able[i];
      if (!row || !serves(agent, problem.lines[i]!)) continue;
      for (let t = Math.max(0, Math.ceil(from / slot)); t < Math.min(row.length, Math.floor((from + minutes) / slot)); t++) row[t]! += n;
    }
  };
  for (const b of shift.blocks) {
    span(minuteOf(b.start, start), b.minutes, by);
    for (const p of b.pauses ?? []) span(minuteOf(p.start, start), p.minutes, -by);
  }
}

/** Of each day and line: hours missing. */
export function missing(lines: Pick<Line, 'need'>[], able: number[][], dayStarts: number[], slot: number): number[][] {
  return lines.map((line, i) =>
    dayStarts.slice(0, -1).map((from, d) => {
      let sum = 0;
      for (let t = from / slot; t < dayStarts[d + 1]! / slot; t++) sum += Math.max(0, line.need[t]! - able[i]![t]!);
      return (sum * slot) / 60;
    }),
  );
}

/** The rows of a window into a long list: first, one past the last. */
export function visible(scroll: number, height: number, row: number, total: number, spare = 6): [number, number] {
  const first = Math.max(0, Math.floor(scroll / row) - spare);
  return [first, Math.min(total, Math.ceil((scroll + height) / row) + spare)];
}

/** A change that can be undone: shifts taken away and put in their place. */
export interface Change { before: Shift[]; after: Shift[] }

/** Applies a change, or undoes it. */
export function apply(shifts: Shift[], change: Change, back = false): Shift[] {
  const [out, into] = back ? [change.after, change.before] : [change.before, change.after];
  return [...shifts.filter((s) => !out.includes(s)), ...into];
}

const cellText = (s: string) => (/[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);

/** One line per block: what a spreadsheet can change and give back. */
export function toCSV(shifts: Shift[], names: Map<string, string>): string {
  const lines = ['agent,name,date,contract,kind,start,minutes,pauses,extra'];
  for (const s of shifts) {
    for (const b of s.blocks) {
      const pauses = (b.pauses ?? []).map((p) => `${p.name}@${p.start}/${p.minutes}/${p.paid ? 'paid' : 'unpaid'}${p.work ? '/work' : ''}`).join('; ');
      lines.push([s.agent, names.get(s.agent) ?? '', s.date, s.contract ?? '', s.kind ?? '', b.start, String(b.minutes), pauses, b.extra ? 'extra' : ''].map(cellText).join(','));
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Reads what toCSV wrote; throws with the line that cannot be read. */
export function fromCSV(text: string): Shift[] {
  const out = new Map<string, Shift>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [n, line] of lines.entries()) {
    if (n === 0 || line.trim() === '') continue;
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1]!.replace(/^"|"$/g, '').replaceAll('""', '"'));
    const [agent, , date, contract, kind, start, minutes, pauses, extra] = cells;
    if (!agent || !date || !start || !(Number(minutes) > 0) || Number.isNaN(Date.parse(start))) throw new Error(String(n + 1));
    const block: Block = { start, minutes: Number(minutes), pauses: [], ...(extra === 'extra' ? { extra: true } : {}) };
    for (const p of (pauses ?? '').split('; ')) {
      const m = /^(.*)@([^/]+)\/(\d+)\/(paid|unpaid)(\/work)?$/.exec(p);
      if (m) block.pauses!.push({ name: m[1]!, start: m[2]!, minutes: Number(m[3]), paid: m[4] === 'paid', work: m[5] !== undefined });
    }
    const key = `${agent} ${date}`;
    const shift = out.get(key) ?? { agent, date, contract, kind, blocks: [] };
    shift.blocks.push(block);
    out.set(key, shift);
  }
  return [...out.values()];
}
