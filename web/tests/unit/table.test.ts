import assert from 'node:assert/strict';
import { test } from 'node:test';
import { document, field } from '../../src/lib/csv';
import { filtered, parseSort, printSort, sorted, type Column } from '../../src/lib/table';
import { ticks } from '../../src/lib/ticks';

interface Row { name: string; n: number | null }
const rows: Row[] = [{ name: 'Tamm 10', n: 2 }, { name: 'Äär', n: null }, { name: 'tamm 9', n: 11 }, { name: 'Öö', n: 2 }];
const columns: Column<Row>[] = [{ key: 'name', label: 'Name' }, { key: 'n', label: 'N', unit: 'count' }];
const order = (key: string, down: boolean) => sorted(rows, columns, { key, down }, 'et').map((r) => r.name);

test('sorting: numbers by value, words by the language, nothing last either way, ties stay', () => {
  assert.deepEqual(order('n', false), ['Tamm 10', 'Öö', 'tamm 9', 'Äär']);
  assert.deepEqual(order('n', true), ['tamm 9', 'Tamm 10', 'Öö', 'Äär']);
  assert.deepEqual(order('name', false), ['tamm 9', 'Tamm 10', 'Äär', 'Öö']);
  assert.deepEqual(order('gone', true), rows.map((r) => r.name));
});

test('filtering wants every word somewhere', () => {
  const found = (q: string) => filtered(rows, q, (r) => [r.name, String(r.n)]).map((r) => r.name);
  assert.deepEqual(found('TAMM 11'), ['tamm 9']);
  assert.equal(found('  ').length, 4);
  assert.equal(found('nobody').length, 0);
});

test('a sort survives the address', () => {
  for (const text of ['n', 'n.desc', null]) assert.equal(printSort(parseSort(text)), text);
});

test('csv: quoting, numbers, and no formulas for the spreadsheet', () => {
  assert.equal(field('a "b", c'), '"a ""b"", c"');
  assert.equal(field('=1+1'), "'=1+1");
  assert.equal(field('-5'), "'-5");
  assert.equal(field(-5), '-5');
  assert.equal(field(null), '');
  assert.equal(document(['a', 'b'], [[1, 'x\ny']]), '\ufeffa,b\r\n1,"x\ny"\r\n');
});

const day = (date: string, from = 0, to = 24) => Array.from({ length: (to - from) * 2 }, (_, i) => ({ date, time: `${String(from + Math.floor(i / 2)).padStart(2, '0')}:${i % 2 ? '30' : '00'}` }));

test('ticks: days when there are many, hours within one, never too close', () => {
  const month = Array.from({ length: 31 }, (_, i) => day(`1999-10-${String(i + 1).padStart(2, '0')}`, 7, 21)).flat();
  const days = ticks(month, 0, month.length - 1, 80);
  assert.ok(days.length > 4 && days.every((t) => t.day && month[t.index]!.time === '07:00'));
  const one = ticks(day('1999-10-04'), 0, 47, 6);
  assert.deepEqual(one.map((t) => t.index), [0, 6, 12, 18, 24, 30, 36, 42]);
  for (const list of [days, one]) for (let i = 1; i < list.length; i++) assert.ok(list[i]!.index - list[i - 1]!.index >= 6);
  assert.deepEqual(ticks([], 0, 0, 5), []);
});
