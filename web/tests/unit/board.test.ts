import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanAgent, Problem, Shift } from '../../src/lib/api/plan';
import { apply, count, fromCSV, later, missing, moved, toCSV, visible } from '../../src/lib/board';

const shift: Shift = {
  agent: 'a', date: '2026-05-04', contract: 'day', kind: 'day, long',
  blocks: [{ start: '2026-05-04T08:00:00+03:00', minutes: 120, pauses: [{ name: 'meal', start: '2026-05-04T09:00:00+03:00', minutes: 30, paid: false, work: false }] }],
};
const agent: PlanAgent = { id: 'a', name: 'Ann', skills: ['en'], contracts: ['day'] };
const problem = { slot_minutes: 15, lines: [{ id: 'en', skill: 'en' }, { id: 'fi', skill: 'fi' }] } as unknown as Problem;
const start = Date.parse('2026-05-04T00:00:00+03:00');

test('a stamp keeps its offset', () => {
  assert.equal(later('2026-05-04T23:50:00+03:00', 20), '2026-05-05T00:10:00+03:00');
  assert.equal(later('2026-05-04T08:00:00-05:00', -15), '2026-05-04T07:45:00-05:00');
  assert.equal(later('2026-05-04T08:00:00Z', 60), '2026-05-04T09:00:00Z');
});

test('breaks move with their shift', () => {
  const m = moved(shift, 16 * 60);
  assert.equal(m.date, '2026-05-05');
  assert.equal(m.blocks[0]!.pauses![0]!.start, '2026-05-05T01:00:00+03:00');
  assert.equal(shift.date, '2026-05-04');
});

test('cover counts people on the phone, not on a break', () => {
  const able = [new Array(96).fill(0), new Array(96).fill(0)];
  count(able, problem, agent, shift, start, 1);
  assert.deepEqual(able[0]!.slice(31, 41), [0, 1, 1, 1, 1, 0, 0, 1, 1, 0]);
  assert.ok(able[1]!.every((n) => n === 0));
  assert.deepEqual(missing([{ need: new Array(96).fill(1) }], able, [0, 1440], 15), [[22.5]]);
  count(able, problem, agent, shift, start, -1);
  assert.ok(able[0]!.every((n) => n === 0));
});

test('only rows in sight are drawn', () => {
  assert.deepEqual(visible(0, 300, 30, 1000, 2), [0, 12]);
  assert.deepEqual(visible(29_700, 300, 30, 1000, 2), [988, 1000]);
});

test('undo gives back what was', () => {
  const change = { before: [shift], after: [moved(shift, 15)] };
  const done = apply([shift], change);
  assert.equal(done[0]!.blocks[0]!.start, '2026-05-04T08:15:00+03:00');
  assert.deepEqual(apply(done, change, true), [shift]);
});

test('a file goes out and comes back', () => {
  assert.deepEqual(fromCSV(toCSV([shift], new Map([['a', 'Ann "A", B']]))), [shift]);
  const more = { ...shift, blocks: [...shift.blocks, { start: '2026-05-04T18:00:00+03:00', minutes: 60, pauses: [], extra: true }] };
  assert.deepEqual(fromCSV(toCSV([more], new Map())), [more]);
  assert.throws(() => fromCSV('agent,name,date,contract,kind,start,minutes,pauses\na,,2026-05-04,,,soon,60,'), /2/);
});
