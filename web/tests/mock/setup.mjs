// Set-up rows in memory, with versions, so that forms, If-Match and refusals can be tested.
import { agents, groups, queues, sites, teams, ZONE } from './data.mjs';

const stamp = '2026-05-04T06:00:00Z';
const row = (fields) => ({ version: 1, created_at: stamp, updated_at: stamp, retired_at: null, ...fields });
const week = [{ weekdays: [1, 2, 3, 4, 5, 6], from: '07:00', to: '21:00' }];

const tables = {
  sites: sites.map((s) => row({ id: s.id, name: s.name, natural_name: 'tll', zone: ZONE, week_start: 1, opening: week, holidays: [{ date: '2026-12-24', name: 'Christmas Eve', windows: [{ from: '09:00', to: '13:00' }] }] })),
  groups: groups.map((g) => row({ id: g.id, name: g.name, site_id: 'site_tll' })),
  queues: queues.map((q) => row({ id: q.id, name: q.name, natural_name: q.id.slice(4), site_id: q.site, group_id: q.group, stream_id: '', channel: 'voice', opening: week })),
  streams: [row({ id: 'str_service', name: 'Service calls', channel: 'voice' })],
  teams: teams.map((t) => row({ id: t.id, name: t.name, site_id: 'site_tll' })),
  agents: agents.map((a, i) => row({ id: a.id, name: a.name, natural_name: `SIP/${200 + i}`, extension: String(200 + i) })),
  skills: [row({ id: 'ski_et', name: 'Estonian' }), row({ id: 'ski_ru', name: 'Russian' })],
  activities: [row({ id: 'act_work', name: 'available work', paid: true, states: ['available', 'talking', 'wrap_up'], reasons: [], shrinkage: 'none', cost_share: 1 }), row({ id: 'act_break', name: 'break', paid: true, states: ['break'], reasons: [], shrinkage: 'in_office', cost_share: 1 })],
  codes: [row({ id: 'cod_1', code: 'balance', label: 'Balance and transactions', queue_id: '' }), row({ id: 'cod_2', code: 'cards', label: 'Lost or blocked card', queue_id: 'que_cards' })],
  users: ['admin', 'viewer', 'planner'].map((u) => row({ id: `usr_${u}`, login: u, name: u === 'admin' ? 'Administrator' : '', agent_id: '', locale: '', theme: '' })),
  roles: [row({ id: 'gra_1', user_id: 'usr_admin', role: 'admin', scope: 'all', scope_id: '' }), row({ id: 'gra_2', user_id: 'usr_viewer', role: 'viewer', scope: 'queue', scope_id: 'que_cards' })],
};
const setting = (id, kind, unit, value, choices = []) => ({ id, kind, unit, text: id, default: value, choices, value, version: 0, updated_at: null });
const settings = [setting('sl.within', 'number', 's', 20), setting('sl.short', 'number', 's', 10), setting('sl.share', 'number', 'share', 0.8), setting('sl.credit', 'choice', '', 'arrival', ['arrival', 'answer', 'end']), setting('abandon.bins', 'numbers', 's', [15, 60, 180]), setting('fcr.days', 'integer', 'd', 7), setting('cost.currency', 'text', '', 'EUR'), setting('cost.agent_hour', 'number', 'money', 0), setting('cost.wage_factor', 'number', 'factor', 1), setting('cost.line_minute', 'number', 'money', 0), setting('cost.revenue_month', 'number', 'money', 0)];
const dated = { targets: [{ queue_id: 'que_regular', valid_from: null, version: 1, updated_at: stamp, share: 0.8, within_us: 20e6, short_us: 10e6, overrides: [] }], terms: [], skills: [] };
const audit = Array.from({ length: 70 }, (_, i) => ({ id: `aud_${70 - i}`, at: new Date(Date.parse('2026-08-03T08:00:00Z') - i * 3.7e6).toISOString(), user: i % 3 ? 'admin' : 'planner', user_id: 'usr_admin', address: '127.0.0.1', request_id: `req_${4000 - i}`, action: ['login', 'change', 'create', 'retire', 'import'][i % 5], object: ['session', 'queues', 'users', 'agents', 'imports'][i % 5], object_id: ['', 'que_regular', 'usr_viewer', 'agt_03', 'imp_1'][i % 5], detail: i % 5 === 1 ? '{"name":{"old":"Regular","new":"Regular customers"}}' : '{}' }));

function refuse(status, code, detail, params = {}) {
  throw Object.assign(new Error(detail), { status, code, params });
}
const etag = (r) => `"${r.version}"`;
const ok = (body, status = 200) => ({ status, body, etag: body?.version !== undefined ? etag(body) : undefined });

function settingRoutes(method, id, body, match) {
  if (!id) return ok({ rows: settings, next: null });
  const s = settings.find((x) => x.id === id) ?? refuse(404, 'request.not_found', 'no such setting');
  if (method === 'GET') return ok(s);
  if (match !== etag(s)) refuse(412, 'request.stale', 'changed meanwhile');
  if (s.kind === 'number' && !Number.isFinite(body.value)) refuse(422, 'request.invalid_field', 'value: want a number', { field: 'value' });
  return ok(Object.assign(s, { value: body.value, version: s.version + 1 }));
}

function datedRoutes(method, what, body, query) {
  const list = dated[what];
  const from = body.valid_from ?? null;
  if (method === 'GET') return ok({ rows: list, next: null });
  if (method === 'DELETE') {
    const wanted = query.get('valid_from');
    list.splice(list.findIndex((r) => (r.valid_from ?? 'always') === wanted), 1);
    return { status: 204 };
  }
  const old = list.find((r) => r.valid_from === from);
  if (old && old.version !== body.version) refuse(409, 'request.conflict', 'a row from that day exists');
  if (old) return ok(Object.assign(old, body, { version: old.version + 1 }));
  const made = { ...body, valid_from: from, version: 1, updated_at: stamp };
  list.push(made);
  return ok(made);
}

function change(method, table, id, body, match) {
  const old = table.find((r) => r.id === id) ?? refuse(404, 'request.not_found', 'no such row');
  if (method === 'GET') return ok(old);
  if (match !== etag(old)) refuse(412, 'request.stale', 'changed meanwhile');
  Object.assign(old, method === 'DELETE' ? { retired_at: stamp } : body, { version: old.version + 1 });
  return method === 'DELETE' ? { status: 204 } : ok(old);
}

/** Answers everything below /setup and /audit. */
export function setupRoutes(method, path, query, body, match) {
  if (path === '/audit') {
    const at = Number(query.get('cursor') || 0);
    return ok({ rows: audit.slice(at, at + 50), next: at + 50 < audit.length ? String(at + 50) : null });
  }
  const [, , area, id, sub] = path.split('/');
  if (area === 'settings') return settingRoutes(method, id, body, match);
  const table = tables[area] ?? refuse(404, 'request.not_found', 'no such area');
  if (sub === 'password') return ok({ password: 'quiet-otter-41' });
  if (sub === 'restore') return ok(Object.assign(table.find((r) => r.id === id), { retired_at: null }));
  if (sub) return datedRoutes(method, sub, body, query);
  if (id) return change(method, table, id, body, match);
  if (method === 'GET') return ok({ rows: table.filter((r) => !r.retired_at || query.get('retired') === 'true'), next: null });
  const name = body.name ?? body.login ?? body.code;
  if (table.some((r) => (r.name ?? r.login ?? r.code) === name)) refuse(409, 'setup.exists', `name ${JSON.stringify(name)}: exists already`, { field: body.name ? 'name' : body.login ? 'login' : 'code', value: name });
  const made = row({ id: `${area}_${table.length + 1}`, ...body });
  table.push(made);
  return ok(made, 201);
}
