import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import type { Meta } from '../../src/lib/api/reports';
import { parseProblem, queryString } from '../../src/lib/api/client';
import { dataDays, defaultRange, presets, readFilters, reportQuery, sharedQuery, shift } from '../../src/lib/filters';
import { guessFormat, headOf } from '../../src/lib/guess';
import { pageOf, sectionsFor } from '../../src/lib/nav';
import { AREAS, blank, payload, toShown, toStored } from '../../src/lib/setup';

const meta: Meta = { zone: 'Asia/Jerusalem', week_start: 7, now: '2026-11-22T10:00:00+02:00', data_range: { from: '1999-01-01', to: '1999-12-31' }, sites: [], queues: [{ id: 'que_1', name: 'PS' }], groups: [], agents: [], teams: [], has_data: true, sample: false, currency: 'EUR' };
const read = (text: string) => readFilters(new URLSearchParams(text), meta);

test('the last day of the data is included; a page opens on its last four weeks', () => {
  assert.deepEqual(dataDays(meta), { from: '1999-01-01', to: '2000-01-01' });
  assert.deepEqual(defaultRange(meta), { from: '1999-12-04', to: '2000-01-01' });
  assert.equal(dataDays({ ...meta, data_range: null }), null);
});

test('the address is read, and what it gets wrong falls back', () => {
  const f = read('from=1999-10-01&to=1999-11-01&queue=que_1&queue=gone&within=30&short=-1&credit=never&sl=sl_answered');
  assert.deepEqual({ from: f.from, to: f.to, queues: f.queues, within: f.within, short: f.short, credit: f.credit, by: f.by, interval: f.interval, variant: f.variant }, { from: '1999-10-01', to: '1999-11-01', queues: ['que_1'], within: 30, short: null, credit: '', by: 'queue', interval: '30m', variant: 'sl_answered' });
  assert.equal(read('from=1999-11-01&to=1999-10-01').from, '1999-12-04');
  assert.equal(read('from=1999-02-30&to=1999-10-01').from, '1999-12-04');
  assert.equal(read('from=1999-01-01&to=2000-01-01').interval, '1d');
});

test('unset thresholds are left to each queue', () => {
  assert.equal(queryString(reportQuery(read('from=1999-10-01&to=1999-10-02'))), '?from=1999-10-01&to=1999-10-02');
  assert.equal(queryString(reportQuery(read('from=1999-10-01&to=1999-10-02&within=30'))), '?from=1999-10-01&to=1999-10-02&within=30s');
});

test('range and queues travel between pages, the rest does not', () => {
  assert.equal(sharedQuery(new URLSearchParams('from=a&queue=1&queue=2&interval=1d&sl.sort=offered')), '?from=a&queue=1&queue=2');
});

test('presets stay inside the data', () => {
  const list = presets({ from: '1999-10-12', to: '1999-12-05' });
  for (const p of list) assert.ok(p.from >= '1999-10-12' && p.to <= '1999-12-05' && p.from < p.to, JSON.stringify(p));
  assert.deepEqual(list.filter((p) => p.id === 'month').map((p) => p.from), ['1999-12-01', '1999-11-01', '1999-10-12']);
});

test('stepping: whole months by months, the rest by its length', () => {
  assert.deepEqual(shift({ from: '1999-10-01', to: '1999-11-01' }, -1), { from: '1999-09-01', to: '1999-10-01' });
  assert.deepEqual(shift({ from: '1999-01-01', to: '1999-02-01' }, 1), { from: '1999-02-01', to: '1999-03-01' });
  assert.deepEqual(shift({ from: '1999-10-04', to: '1999-10-11' }, 1), { from: '1999-10-11', to: '1999-10-18' });
});

test('navigation by role', () => {
  const paths = (...roles: Parameters<typeof sectionsFor>[0]['roles'][number][]) => sectionsFor({ roles }).flatMap((s) => s.pages.map((p) => p.path));
  assert.deepEqual(paths('agent'), ['/desk', '/my-week']);
  assert.ok(sectionsFor({ roles: ['planner'], agent: 'agt_1' }).some((s) => s.pages.some((p) => p.path === '/desk')), 'whoever is linked to an agent has a desk');
  assert.ok(!paths('viewer').includes('/setup') && !paths('viewer').includes('/agents') && paths('viewer').includes('/abandonment'));
  assert.ok(paths('admin').includes('/audit') && !paths('planner').includes('/audit') && paths('planner').includes('/imports'));
  assert.equal(pageOf('/calls/int_1')?.path, '/calls');
  const keys = sectionsFor({ roles: ['admin'] }).flatMap((s) => s.pages.map((p) => p.key));
  assert.equal(new Set(keys).size, keys.length);
});

test('formats are guessed from the name and the first lines', () => {
  const formats = [{ format: 'csv', profiles: ['technion'], zone_needed: true }, { format: 'queue_log', profiles: [], zone_needed: false }, { format: 'callcenter', profiles: [], zone_needed: false }];
  assert.equal(guessFormat('x.txt', '1366720340|1366720340.303267|MYQUEUE|SIP/8007|CONNECT|3|x|3', formats).format, 'queue_log');
  assert.deepEqual(guessFormat('october.csv', 'vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit', formats), { format: 'csv', profile: 'technion' });
  assert.equal(guessFormat('queue_log.gz', '\u001f\ufffd', formats).format, 'queue_log');
  assert.equal(guessFormat('calls.csv', 'a,b', formats).format, 'csv');
  assert.equal(guessFormat('notes.doc', '', formats).format, '');
});

test('the head of a packed file is read through', async () => {
  const text = 'vru+line,call_id,q_start\n' + 'AA0101,1,10:00:00\n'.repeat(40_000);
  assert.ok((await headOf(new Blob([gzipSync(text)]))).startsWith('vru+line,call_id,q_start\nAA0101'));
  assert.equal((await headOf(new Blob([text]))).slice(0, 8), 'vru+line');
  assert.equal(await headOf(new Blob([])), '');
});

test('set-up forms: units, defaults, and only what changed is sent', () => {
  const targets = AREAS.find((a) => a.id === 'queues')!.dated![0]!.fields;
  const share = targets[0]!;
  const within = targets[1]!;
  assert.equal(toShown(share, 0.8), 80);
  assert.equal(toStored(share, 92.5), 0.925);
  assert.equal(toStored(within, 20), 20_000_000);
  const fields = AREAS.find((a) => a.id === 'queues')!.fields;
  const row = { ...blank(fields), name: 'Cards', site_id: 'sit_1' };
  assert.deepEqual(payload(fields, row, null), { name: 'Cards', site_id: 'sit_1', channel: 'voice', opening: [] });
  assert.deepEqual(payload(fields, { ...row, group_id: '', natural_name: 'other' }, { ...row, group_id: 'grp_1' }), { group_id: '' });
});

test('an answer that is not a problem document still becomes one', () => {
  assert.deepEqual(parseProblem('<html>', 502, 'Bad Gateway'), { type: 'about:blank', title: 'Bad Gateway', status: 502, code: 'http.502' });
  assert.equal(parseProblem('{"title":"x","code":"auth.csrf","status":1}', 403, '').status, 403);
});
