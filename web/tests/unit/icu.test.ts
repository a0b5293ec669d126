import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, names, parse, type Params } from '../../src/lib/icu';

const show = (text: string, params: Params = {}, locale = 'en') => format(parse(text), locale, params);

test('arguments, numbers and missing parameters', () => {
  assert.equal(show('Hello {name}', { name: 'Anna' }), 'Hello Anna');
  assert.equal(show('{n, number} calls', { n: 94184 }), '94,184 calls');
  assert.equal(show('{n} calls', { n: 94184 }, 'et'), `${new Intl.NumberFormat('et').format(94184)} calls`);
  assert.equal(show('{gone}'), '{gone}');
});

test('plural picks exact values, then the rule of the language', () => {
  const text = '{n, plural, =0 {none} one {# call} other {# calls}}';
  assert.deepEqual([0, 1, 2].map((n) => show(text, { n })), ['none', '1 call', '2 calls']);
  assert.equal(show('{n, plural, one {# 行} other {# 行}}', { n: 1 }, 'zh-Hans'), '1 行');
});

test('select and nesting', () => {
  const text = '{k, select, up {rose by {n, plural, one {# point} other {# points}}} other {fell}}';
  assert.equal(show(text, { k: 'up', n: 1 }), 'rose by 1 point');
  assert.equal(show(text, { k: 'down' }), 'fell');
});

test('quotes', () => {
  assert.equal(show("it''s '{literal}' and don't"), "it's {literal} and don't");
});

test('what is broken is named', () => {
  assert.throws(() => parse('a } b'), /unexpected "}" at 2/);
  assert.throws(() => parse('{n, plural, one {x}}'), /missing the case "other"/);
  assert.throws(() => parse('{n, date}'), /unknown format date/);
  assert.throws(() => parse('{n'), /expected/);
});

test('names of parameters', () => {
  assert.deepEqual([...names(parse('{a} {n, plural, other {{b} #}}'))].sort(), ['a', 'b', 'n']);
});
