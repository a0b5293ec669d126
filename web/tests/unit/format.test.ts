import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, clock, date, dateRange, figure, NONE, weekday } from '../../src/lib/format';
import { addDays, daysBetween, isDate, nextMonth, wall } from '../../src/lib/wall';

test('a missing figure is never a zero', () => {
  for (const value of [null, undefined, NaN, Infinity, '']) assert.equal(figure(value, 'share', 'en'), NONE);
  assert.equal(figure(0, 'share', 'en'), '0.0%');
});

test('figures by unit, as numbers.md prints them', () => {
  assert.equal(figure(94184, 'count', 'en'), '94,184');
  assert.equal(figure(0.0966, 'share', 'en', { wide: true }), '9.66%');
  assert.equal(figure(32.6, 'seconds', 'en', { wide: true }), '32.6\u00a0s');
  assert.equal(figure(180.9, 'seconds', 'en', { wide: true }), '3:01');
  assert.equal(figure(180.9, 'seconds', 'en'), '180.9');
  assert.equal(figure(1.5, 'money', 'en', { currency: 'EUR' }), '€1.50');
  assert.equal(figure(0.5962, 'share', 'et', { wide: true }).replace(/\s/g, ' '), '59,62%');
});

test('clock', () => {
  assert.deepEqual([0, 59.6, 61, 3600, 114_287, -5].map(clock), ['0:00', '1:00', '1:01', '1:00:00', '31:44:47', '−0:05']);
});

test('dates follow the language, ranges include their last day', () => {
  assert.equal(date('1999-10-01', 'en-GB'), '1 Oct 1999');
  assert.match(dateRange('1999-10-01', '1999-11-01', 'en-GB'), /^1\s?–\s?31 Oct 1999$/);
  assert.equal(dateRange('1999-10-01', '1999-10-02', 'en-GB'), '1 Oct 1999');
  assert.equal(weekday(7, 'en'), 'Sun');
  assert.equal(bytes(8_400_000, 'en'), '8.0 MB');
});

test('wall clocks come from the server’s stamp; only UTC is converted', () => {
  assert.deepEqual(wall('2026-03-29T09:30:00+03:00', 'Europe/Tallinn'), { date: '2026-03-29', time: '09:30', seconds: '09:30:00' });
  // Both sides of the Estonian change of 2026-03-29, 03:00 → 04:00 local.
  assert.equal(wall('2026-03-29T00:59:00Z', 'Europe/Tallinn').time, '02:59');
  assert.equal(wall('2026-03-29T01:00:00Z', 'Europe/Tallinn').time, '04:00');
  assert.equal(wall('2026-06-01T18:30:00Z', 'Asia/Kathmandu').date, '2026-06-02');
});

test('calendar arithmetic knows leap years and month ends', () => {
  assert.equal(addDays('2024-02-28', 1), '2024-02-29');
  assert.equal(addDays('2026-03-29', 1), '2026-03-30');
  assert.equal(daysBetween('1999-10-01', '1999-11-01'), 31);
  assert.equal(nextMonth('2026-01-31'), '2026-02-01');
  assert.deepEqual(['2026-02-29', '2026-2-1', '', null, '2024-02-29'].map(isDate), [false, false, false, false, true]);
});
