import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applied, merged, type Agent, type Live, type Queue } from '../../src/lib/api/switch';

const queue = (id: string, free = 0): Queue => ({ id, name: id, staffed: 0, free, waiting: [] });
const agent = (id: string, state: string) => ({ id, name: id, state }) as Agent;

test('changed rows keep their place, new ones come last, gone ones leave', () => {
  const rows = [queue('a'), queue('b'), queue('c')];
  assert.deepEqual(merged(rows, [queue('d'), queue('b', 5)], ['a']).map((q) => [q.id, q.free]), [['b', 5], ['c', 0], ['d', 0]]);
  assert.deepEqual(merged(rows), rows);
});

test('a change of the stream is laid over what was known', () => {
  const live: Live = { at: '2026-05-04T06:00:00Z', version: 1, queues: [queue('a')], agents: [agent('x', 'available'), agent('y', 'talking')] };
  const next = applied(live, { at: '2026-05-04T06:00:01Z', agents: [agent('x', 'break')], gone: { agents: ['y'] } });
  assert.deepEqual(next.agents.map((a) => [a.id, a.state]), [['x', 'break']]);
  assert.deepEqual(next.queues, live.queues);
  assert.equal(next.version, 1, 'a change that names no version keeps the old one');
  assert.equal(live.agents.length, 2, 'what was known is not altered');
});
