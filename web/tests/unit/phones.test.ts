import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, limitsOf, sipAddress } from '../../src/lib/phones';

test('the QR code holds a SIP address that escapes what the grammar reserves', () => {
  assert.equal(sipAddress({ account: '7001', password: 'secret', server: '192.0.2.1:5060' }), 'sip:7001:secret@192.0.2.1:5060;transport=udp');
  assert.equal(sipAddress({ account: 'a/b', password: 'p@:w', server: 'h:1' }), 'sip:a%2Fb:p%40%3Aw@h:1;transport=udp');
});

test('limits go through the form and back', () => {
  const limits = { home: '372', countries: ['372', '358'], per_minute: 5, concurrent: 2, daily_cost: 1.5, rates: [{ prefix: '3725', per_minute: 0.05 }, { prefix: '', per_minute: 0.3 }] };
  assert.deepEqual(limitsOf(draftOf(limits)), limits);
  assert.deepEqual(limitsOf(draftOf()), {}, 'nothing filled in: the switch’s own');
});
