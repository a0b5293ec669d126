import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankRouting, cleanOptions, memberSteps, routingChanges, routingOf } from '../../src/lib/groups';

test('members become the fewest requests', () => {
  const stored = [{ id: 'm1', agent_id: 'a', tier: 1, place: 1 }, { id: 'm2', agent_id: 'b', tier: 1, place: 2 }, { id: 'm3', agent_id: 'c', tier: 2, place: 3 }];
  const steps = memberSteps(stored, [{ agent_id: 'a', tier: 1 }, { agent_id: 'c', tier: 2 }, { agent_id: 'd', tier: 1 }]);
  assert.deepEqual(steps.remove.map((r) => r.id), ['m2']);
  assert.deepEqual(steps.change.map((c) => [c.row.id, c.body]), [['m3', { tier: 2, place: 2 }]]);
  assert.deepEqual(steps.add, [{ agent_id: 'd', tier: 1, place: 3 }]);
  const none = memberSteps(stored, stored.map((s) => ({ agent_id: s.agent_id, tier: s.tier })));
  assert.deepEqual([none.add, none.change, none.remove], [[], [], []]);
});

test('only what differs is sent, actions and options whole', () => {
  const row = { id: 'r', version: 3, queue_id: 'q', ...blankRouting(), strategy: '', actions: { full: { do: 'queue', target: 'x' } } };
  const before = routingOf(row);
  assert.equal(before.strategy, 'longest_idle', 'empty is the default');
  const after = structuredClone(before);
  assert.deepEqual(routingChanges(before, after), {});
  after.ring_s = 15;
  after.actions = {};
  assert.deepEqual(routingChanges(before, after), { ring_s: 15, actions: {} });
});

test('options that say nothing are left to the switch', () => {
  assert.deepEqual(cleanOptions({ age_s: 0, language: '', code_required: false, message_mail: [], callback: { attempts: 0 }, ring_max: 2, need: [{ after_s: 0, skills: 'fr' }], priority: -1 }), {
    ring_max: 2, need: [{ after_s: 0, skills: 'fr' }], priority: -1,
  });
});
