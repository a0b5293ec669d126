// Serves web/dist and an imitation of /api/v1 so that the pages can be tested without the Go server.
// Users: admin, viewer, planner (password "mock-password"); newcomer has to change the password;
// empty sees a store without data. Test-only.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupRoutes } from './setup.mjs';
import * as reports from './reports.mjs';
import { heatRows, RANGE } from './data.mjs';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const PORT = Number(process.env.PORT ?? 8479);
const PASSWORD = 'mock-password';
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ROLES = { admin: ['admin'], newcomer: ['admin'], empty: ['admin'], viewer: ['viewer'], planner: ['planner'] };

const sessions = new Map();
const imports = new Map();
let tokens = [{ id: 'tok_1', name: 'nightly export', created_at: '2026-05-02T08:00:00Z', last_used_at: '2026-08-02T22:00:00Z', expires_at: null }];

class Refusal extends Error {
  constructor(status, code, detail, params = {}) {
    super(detail);
    Object.assign(this, { status, code, params });
  }
}

function problem(res, status, code, detail, params = {}) {
  send(res, status, { type: `/problems/${code}`, title: code, status, detail, code, params, request_id: 'req_mock' }, { 'Content-Type': 'application/problem+json' });
}

function send(res, status, body, headers = {}) {
  if (body === undefined) return res.writeHead(status, headers).end();
  res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function body(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const json = async (req) => JSON.parse((await body(req)).toString() || '{}');

function reportQuery(q) {
  const seconds = (name, otherwise) => Number.parseInt(q.get(name) ?? '', 10) || otherwise;
  return { from: q.get('from') ?? RANGE.from, to: q.get('to') ?? RANGE.to, queue: q.getAll('queue'), by: q.get('by') ?? 'queue', interval: q.get('interval') ?? '30m', within: seconds('within', 20), exit: q.get('exit'), agent: q.get('agent'), number: q.get('number'), min_wait: q.get('min_wait'), max_wait: q.get('max_wait'), cursor: q.get('cursor'), limit: q.get('limit') };
}

const me = (s) => ({ user: `usr_${s.login}`, login: s.login, name: s.login === 'admin' ? 'Administrator' : '', roles: ROLES[s.login], grants: [], scopes: {}, locale: s.locale, theme: s.theme, csrf: s.csrf, must_change_password: s.must });

async function auth(req, res, path, session) {
  if (path === '/auth/login') {
    const { user, password } = await json(req);
    if (!ROLES[user] || password !== PASSWORD) throw new Refusal(401, 'auth.invalid_login', 'wrong user or password');
    const id = `${user}.${Math.random().toString(36).slice(2)}`;
    sessions.set(id, { login: user, csrf: `csrf-${id}`, locale: '', theme: '', must: user === 'newcomer' });
    return send(res, 204, undefined, { 'Set-Cookie': `agner_session=${id}; HttpOnly; SameSite=Lax; Path=/` });
  }
  if (!session) throw new Refusal(401, 'auth.required', 'sign in first');
  if (path === '/auth/me' && req.method === 'GET') return send(res, 200, me(session));
  if (path === '/auth/me') return Object.assign(session, await json(req)), send(res, 200, me(session));
  if (path === '/auth/logout') return sessions.delete(session.id), send(res, 204);
  if (path === '/auth/password') {
    const { old } = await json(req);
    if (old !== PASSWORD) throw new Refusal(403, 'auth.wrong_password', 'the old password is wrong');
    session.must = false;
    return send(res, 204);
  }
  if (path === '/auth/tokens' && req.method === 'GET') return send(res, 200, { rows: tokens });
  if (path === '/auth/tokens') {
    const token = { id: `tok_${tokens.length + 1}`, name: (await json(req)).name, created_at: new Date().toISOString(), last_used_at: null, expires_at: null };
    tokens = [...tokens, token];
    return send(res, 201, { ...token, token: 'agner_mock_0123456789' });
  }
  tokens = tokens.filter((t) => path !== `/auth/tokens/${t.id}`);
  return send(res, 204);
}

function importState(run) {
  const share = Math.min(1, (Date.now() - run.started) / 1500);
  const rows = Math.round(98_903 * share);
  const rejected = Math.round(rows * 0.00008);
  const skipped = Math.round(rows * 0.0477);
  return { id: run.id, file: run.file, format: run.format, profile: run.profile, state: run.failed ? 'failed' : share < 1 ? 'running' : 'done', read_bytes: Math.round(8_400_000 * share), total_bytes: 8_400_000, rows, mapped: rows - rejected - skipped, skipped, raw: 0, rejected, events: (rows - rejected) * 4, range: share < 1 || run.failed ? null : { from: '2026-07-01T04:00:00Z', to: '2026-07-31T18:00:00Z' }, problems: rows ? [{ line: 18, reason: 'left in the voice menu, never in a queue', count: skipped, outcome: 'skipped' }, { line: 7214, reason: 'end before start', count: rejected, outcome: 'rejected' }] : [], error: run.failed ? 'line 4211: a line longer than 1 MiB' : null };
}

async function importRoutes(req, res, path) {
  if (path === '/import-formats') return send(res, 200, [{ format: 'csv', profiles: ['technion'], zone_needed: true, zones: { technion: 'Asia/Jerusalem' } }, { format: 'queue_log', profiles: [], zone_needed: false }, { format: 'callcenter', profiles: [], zone_needed: false }, { format: 'agner', profiles: [], zone_needed: false, placed: true }]);
  if (path === '/imports' && req.method === 'GET') return send(res, 200, { rows: [...imports.values()].map(importState) });
  if (path === '/imports' || path === '/sample') {
    const data = await body(req);
    const text = data.subarray(0, 4000).toString('latin1');
    const field = (name) => new RegExp(`name="${name}"\\r\\n\\r\\n([^\\r]*)`).exec(text)?.[1] ?? '';
    const file = /filename="([^"]*)"/.exec(text)?.[1] ?? 'sample centre';
    const id = `imp_${imports.size + 1}`;
    imports.set(id, { id, file, format: field('format') || 'agner', profile: field('profile'), failed: file.includes('broken'), started: Date.now() });
    return send(res, path === '/sample' ? 202 : 201, { id });
  }
  const run = imports.get(path.slice('/imports/'.length));
  if (!run) throw new Refusal(404, 'request.not_found', 'no such import');
  return send(res, 200, importState(run));
}

function stream(req, res) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const push = () => res.write(`event: snapshot\ndata: ${JSON.stringify(reports.live(Date.now()))}\n\n`);
  push();
  const timer = setInterval(push, 1000);
  req.on('close', () => clearInterval(timer));
}

function heard(req, res) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const call = {
    tape: '20260801-ABCDEFGHIJKL', interaction: 'int_1', began: '2026-08-01T10:00:00Z', state: 'finals', lost_s: 2,
    turns: [{ side: 'agent', start: 1, end: 4, text: 'Thank you for calling. How can I help you?' }, { side: 'customer', start: 5, end: 9, text: 'I want to cancel my account.' }, { side: 'customer', start: 12, end: 13, text: '', gap: true }],
    partials: { agent: 'I am sorry to' }, alerts: [{ kind: 'rule', at: 5, name: 'leaving' }, { kind: 'silence', at: 13, value: 11 }],
  };
  res.write(`event: calls\ndata: ${JSON.stringify({ calls: [call], there: [call.tape] })}\n\n`);
  const timer = setInterval(() => res.write(': beat\n\n'), 1000);
  req.on('close', () => clearInterval(timer));
}

function report(res, path, q, empty) {
  const query = reportQuery(q);
  if (q.get('from') === '2026-05-05' && q.get('to') === '2026-05-06') throw new Refusal(503, 'role.unavailable', 'analytics is not running');
  const bins = (q.get('bins') ?? '15,60,180').split(',').map(Number);
  const answers = {
    '/meta': () => reports.meta(!empty, !empty),
    '/definitions': () => reports.definitions,
    '/reports/service-level': () => ({ ...reports.serviceLevel(query), ...(query.limit && { heat: heatRows(query) }) }),
    '/reports/heatmap': () => ({ rows: heatRows(query) }),
    '/reports/abandonment': () => reports.abandonment(query, bins),
    '/reports/before-after': reports.beforeAfter,
    '/reports/ivr': reports.ivr,
    '/reports/agents': () => ({ rows: reports.agentRows() }),
    '/reports/distribution': reports.distribution,
    '/reports/kpi': () => reports.kpi(query),
    '/speech/jobs': () => ({ total: 2, deaths: 0, jobs: [{ id: '20260801-A', interaction: 'int_2', seconds: 95, since: '2026-08-01T10:00:00Z', state: 'running', progress: 0.4 }, { id: '20260801-B', interaction: 'int_3', seconds: 30, since: '2026-08-01T10:01:00Z', state: 'retry', progress: 0, tries: 2, problem: 'the switch does not answer' }] }),
    '/transcripts': () => ({ hits: [{ interaction: 'int_1', turn: 1, speaker: 'customer', start: 12.5, end: 15, text: 'cancel my account', score: -0.6, mood: 'negative', pause: 0, at: 1782892800000000, language: 'en', pieces: [{ text: 'cancel', hit: true }, { text: ' my account' }] }], total: 1, bound: false, facets: { speaker: [{ value: 'customer', turns: 1 }] } }),
    '/scorecards': () => ({ cards: [{ id: 'card_1', version: 1, card: { name: 'Service', sections: [{ name: 'Opening', weight: 1, questions: [{ id: 'q1', text: 'Greeted?', weight: 1 }] }] } }], measures: ['dead_air'] }),
    '/reviews': () => ({ reviews: [] }),
    '/calls': () => reports.calls(query),
    '/live': () => reports.live(Date.now()),
  };
  const found = answers[path] ?? (path.startsWith('/calls/') ? () => reports.callDetail(decodeURIComponent(path.slice(7))) : null);
  const answer = found?.();
  if (!answer) throw new Refusal(404, 'request.not_found', `nothing at ${path}`);
  return send(res, 200, answer);
}

async function api(req, res, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const id = /agner_session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
  const session = sessions.get(id);
  if (session) session.id = id;
  if (session && req.method !== 'GET' && path !== '/auth/login' && req.headers['x-csrf-token'] !== session.csrf) throw new Refusal(403, 'auth.csrf', 'the CSRF token is missing or wrong');
  if (path.startsWith('/auth/')) return auth(req, res, path, session);
  if (!session) throw new Refusal(401, 'auth.required', 'sign in first');
  if (session.must) throw new Refusal(403, 'auth.password_change_required', 'change your password first');
  if (path.startsWith('/setup/') || path === '/audit') {
    if (!ROLES[session.login].includes('admin')) throw new Refusal(403, 'auth.forbidden', 'your role does not allow this');
    const answer = setupRoutes(req.method, path, url.searchParams, req.method === 'GET' ? {} : await json(req), req.headers['if-match']);
    return send(res, answer.status, answer.body, answer.etag ? { ETag: answer.etag } : {});
  }
  if (path.startsWith('/import') || path === '/sample') return importRoutes(req, res, path);
  if (path === '/live/stream') return stream(req, res);
  if (path === '/speech/live/stream') return heard(req, res);
  return report(res, path, url.searchParams, session.login === 'empty');
}

async function page(res, url) {
  const wanted = normalize(decodeURIComponent(url.pathname)).replace(/^(\.\.[/\\])+/, '');
  for (const name of [wanted, 'index.html']) {
    try {
      const data = await readFile(join(DIST, name));
      return res.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP }).end(data);
    } catch {
      if (extname(wanted)) return res.writeHead(404).end();
    }
  }
  return res.writeHead(404).end('run npm run build first');
}

createServer((req, res) => {
  const url = new URL(req.url, 'http://mock');
  const work = url.pathname.startsWith('/api/v1/') ? api(req, res, url) : url.pathname === '/healthz' ? send(res, 200, {}) : page(res, url);
  Promise.resolve(work).catch((error) => {
    if (error instanceof Refusal || error.status) problem(res, error.status, error.code, error.message, error.params);
    else problem(res, 500, 'server.internal', String(error.stack ?? error));
  });
}).listen(PORT, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${PORT}`));
