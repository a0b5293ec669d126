/** Wall clocks to instants; the offsets are those of the tz database for 2026. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { instant } from '../../src/lib/wall-instant';

test('a wall clock becomes its instant', () => {
  assert.equal(instant('2026-05-04T09:30', 'Europe/Tallinn'), '2026-05-04T06:30:00.000Z');
  assert.equal(instant('2026-12-11T20:00', 'Europe/Tallinn'), '2026-12-11T18:00:00.000Z');
  assert.equal(instant('2026-05-04T09:30', 'Asia/Kathmandu'), '2026-05-04T03:45:00.000Z');
  assert.equal(instant('2026-05-04T00:00', 'America/New_York'), '2026-05-04T04:00:00.000Z');
});

test('around a change of clocks', () => {
  // Tallinn leaves out 03:00 to 04:00 on 29 March and has 03:00 to 04:00 twice on 25 October.
  assert.equal(instant('2026-03-29T02:59', 'Europe/Tallinn'), '2026-03-29T00:59:00.000Z');
  assert.equal(instant('2026-03-29T03:30', 'Europe/Tallinn'), '2026-03-29T01:30:00.000Z'); // does not exist: 04:30
  assert.equal(instant('2026-03-29T04:00', 'Europe/Tallinn'), '2026-03-29T01:00:00.000Z');
  assert.equal(instant('2026-10-25T02:59', 'Europe/Tallinn'), '2026-10-24T23:59:00.000Z');
  assert.equal(instant('2026-10-25T04:00', 'Europe/Tallinn'), '2026-10-25T02:00:00.000Z');
  assert.ok(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'].includes(instant('2026-10-25T03:30', 'Europe/Tallinn')));
});
