import assert from 'node:assert/strict';
import { test } from 'node:test';
import { substitute, substituted, translate, withDerived } from '../../src/lib/formula';

const row = { offered: 1034, answered: 900, abandoned: 117, short_abandoned: 17, neutral_exits: 4, answered_in_t: 812, abandoned_in_t: 60, asa_s: 32.5, handled: 903, transferred: 40 };
const put = (formula: string, values: Record<string, unknown> = row) =>
  substitute(formula, values, (_name, value) => String(value)).map((piece) => piece.text).join('');

test('every sum of a definition is replaced, the longest name first', () => {
  assert.equal(put('answered within T / (offered − short abandons − neutral exits)'), '812 / (1034 − 17 − 4)');
  assert.equal(put('(answered + abandoned within T) / offered'), '(900 + 60) / 1034');
  assert.equal(put('transferred by an agent / (answered + callbacks reached)'), '40 / (900 + 3)');
});

test('a sum of times is restored from its mean and shown in seconds', () => {
  assert.equal(put('wait of answered / answered'), '29250 / 900');
});

test('words without a number stay, and are not torn apart', () => {
  assert.equal(put('(talk + hold + wrap-up) / handled with known time', { handled: 5, talk_s: 3 }), '(talk + hold + wrap-up) / handled with known time');
  assert.equal(substituted(substitute('a / b', row, String)), false);
});

test('field names work as well', () => {
  assert.equal(put('contained / entered', { contained: 3, entered: 12 }), '3 / 12');
  assert.equal(put('mapped + raw + skipped + rejected', { mapped: 1, raw: 2, skipped: 3, rejected: 4 }), '1 + 2 + 3 + 4');
});

test('counts a row does not carry are derived exactly from its shares', () => {
  const sums = { answered_in_t: 812, abandoned_in_t: 60, neutral_exits: 4 };
  const shares = { offered: 1034, answered: 900, short_abandoned: 17, sl: 812 / (1034 - 17 - 4), sl_offered: 812 / 1034, sl_less_abandons_in_t: 812 / (1034 - 60) };
  const got = withDerived(shares);
  for (const [name, want] of Object.entries(sums)) assert.equal(got[name], want, name);
});

test('nothing is derived from what is not defined', () => {
  const got = withDerived({ offered: 0, answered: 0, sl: null, sl_offered: null });
  assert.equal(got.answered_in_t, undefined);
});

test('formulas are translated word by word', () => {
  const et: Record<string, string> = { answered_in_t: 'T jooksul vastatud', offered: 'saabunud', short_abandoned: 'lühikesed loobumised' };
  assert.equal(translate('answered within T / (offered − short abandons)', (field, english) => et[field] ?? english), 'T jooksul vastatud / (saabunud − lühikesed loobumised)');
});
