import assert from 'node:assert/strict';
import test from 'node:test';
import { clock, current, lanePath } from '../../src/lib/speech.ts';

test('clock', () => {
  assert.deepEqual([0, 75.4, 3675, -1].map(clock), ['0:00', '1:15', '1:01:15', '0:00']);
});

test('current is the last that has begun', () => {
  const items = [{ start: 1 }, { start: 2 }, { start: 2 }, { start: 5 }];
  assert.deepEqual([0, 1, 2, 4.9, 9].map((at) => current(items, at)), [-1, 0, 2, 2, 3]);
  assert.equal(current([], 1), -1);
});

test('lanePath stays in its box', () => {
  assert.equal(lanePath([], 40), '');
  assert.equal(lanePath([0, 2], 40), 'M0,19.6L1,0.0L1,40.0L0,20.4Z');
});
