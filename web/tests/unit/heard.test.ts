import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, type HeardCall } from '../../src/lib/api/heard.ts';

const call = (tape: string, began: string, text = ''): HeardCall => ({ tape, interaction: `i-${tape}`, began, state: 'partials', turns: [{ side: 'agent', start: 0, end: 1, text }], partials: {}, alerts: [] });

test('a change replaces what changed, keeps what did not, and drops what is over', () => {
  const known = [call('a', '2026-01-01T10:00:00Z', 'old'), call('b', '2026-01-01T10:01:00Z'), call('c', '2026-01-01T10:02:00Z')];
  const now = merge(known, { calls: [call('a', '2026-01-01T10:00:00Z', 'new'), call('d', '2026-01-01T09:59:00Z')], there: ['a', 'c', 'd'] });
  assert.deepEqual(now.map((c) => c.tape), ['d', 'a', 'c']);
  assert.equal(now[1]?.turns[0]?.text, 'new');
  assert.deepEqual(merge(now, { calls: [], there: [] }), []);
});
