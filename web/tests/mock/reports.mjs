// The reports other than service level, believable and seeded.
import { addDays, agents, isoWeekday, noise, queues, serviceRows, sites, groups, teams, NOW, RANGE, ZONE } from './data.mjs';

export const definitions = [
  ['offered', 'count', 'offered', 'Joined a queue, served at once included.'],
  ['answered', 'count', 'answered', 'Reached an agent.'],
  ['abandoned', 'count', 'abandoned', 'The caller hung up while waiting or ringing. A result, not a target.'],
  ['short_abandoned', 'count', 'short abandons', 'Abandoned with a wait of at most S.'],
  ['sl', 'share', 'answered within T / (offered − short abandons − neutral exits)', 'The default. Short abandons and neutral exits neither help nor harm.'],
  ['sl_offered', 'share', 'answered within T / offered', 'The strictest variant: every exit but an answer within T is a miss.'],
  ['sl_abandon_credit', 'share', '(answered within T + abandoned within T) / offered', 'Whoever hung up within T counts as served in time.'],
  ['sl_less_abandons_in_t', 'share', 'answered within T / (offered − abandoned within T)', 'Leaves out callers who hung up before T.'],
  ['sl_answered', 'share', 'answered within T / answered', 'Blind to abandonment: it rises when callers give up.'],
  ['sl_live', 'share', 'answered within T / (offered − short abandons − neutral exits − waiting up to T)', 'Callers already waiting beyond T are misses.'],
  ['abandon_rate', 'share', 'abandoned / offered', 'Always shown beside the service level; never per agent.'],
  ['abandon_rate_long', 'share', '(abandoned − short abandons) / (offered − short abandons)', 'Short abandons are in neither part.'],
  ['asa_s', 'seconds', 'wait of answered / answered', 'From join to the agent’s answer, ring time included.'],
  ['mean_wait_s', 'seconds', 'wait of all / visits that left', 'Of all who left the queue.'],
  ['longest_wait_s', 'seconds', 'longest wait', 'Of all who left the queue.'],
  ['aht_s', 'seconds', '(talk + hold + wrap-up) / handled with known time', 'Talk, hold and wrap-up.'],
  ['talk_s', 'seconds', 'talk / handled with known time', ''], ['hold_s', 'seconds', 'hold / handled with known time', ''], ['wrap_s', 'seconds', 'wrap-up / handled with known time', ''],
  ['handled', 'count', 'answered + callbacks reached', ''],
  ['transfer_rate', 'share', 'transferred by an agent / (answered + callbacks reached)', 'Passed on by an agent.'],
  ['occupancy', 'share', 'handling / (handling + available)', 'Agent time clipped at the interval’s edges.'],
  ['fcr_proxy', 'share', 'not transferred and no repeat within N days / answered with known caller', 'The last N days are pending.'],
  ['cost_per_call', 'money', 'paid agent hours × wage + line cost / (answered + callbacks reached)', ''],
].map(([name, unit, formula, text]) => ({ name, unit, formula, text }));

export const meta = (hasData, sample) => ({
  zone: ZONE, week_start: 1, now: NOW, currency: 'EUR', data_range: hasData ? { from: RANGE.from, to: addDays(RANGE.to, -1) } : null, sites: hasData ? sites : [], queues: hasData ? queues.map(({ weight, ...q }) => q) : [], groups: hasData ? groups : [], agents: hasData ? agents : [], teams: hasData ? teams : [], has_data: hasData, sample,
});

export function serviceLevel(query) {
  const { rows, totals } = serviceRows(query);
  const columns = definitions.filter((d) => d.name in totals).map(({ name, unit, formula }) => ({ name, unit, formula }));
  return { report: 'service-level', range: { from: query.from, to: query.to, zone: ZONE }, params: { within_s: null, short_s: null, credit: 'arrival' }, columns, rows: query.limit ? rows.slice(0, Number(query.limit)) : rows, totals, ...(query.limit && beside(rows, query.show)) };
}

/** What stands beside the first rows of the report. */
function beside(rows, show) {
  const keys = new Map();
  for (const { queue_id: id, queue: name, offered } of rows) keys.set(id, { id, name, offered: (keys.get(id)?.offered ?? 0) + offered });
  const list = [...keys.values()].sort((a, b) => b.offered - a.offered);
  const key = list.some((k) => k.id === show) ? show : (list[0]?.id ?? '');
  const judged = rows.filter((r) => r.met !== null);
  return {
    summary: { rows: rows.length, judged: judged.length, missed: judged.filter((r) => !r.met).length, keys: list },
    course: { key, rows: rows.filter((r) => r.queue_id === key) },
  };
}

export function abandonment(query, bins) {
  const { rows, totals } = serviceRows({ ...query, by: 'site', interval: '30m' });
  const s = (t) => Math.exp(-t / 372) * (1 - 0.02 * (t > 10) - 0.02 * (t > 60));
  const survival = [0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 360, 420, 480, 600].map((t) => ({ t_s: t, s: s(t), lo: Math.max(0, s(t) - 0.004 - t / 14000), hi: Math.min(1, s(t) + 0.004 + t / 14000), at_risk: Math.round(totals.offered * 0.5 * Math.exp(-t / 60)) }));
  const hazard = Array.from({ length: 36 }, (_, i) => ({ from_s: i * 5, to_s: i * 5 + 5, h: 0.0021 + 0.0005 * noise('h', i) + (i === 1 ? 0.002 : 0) + (i === 11 ? 0.0022 : 0), bump: i === 1 || i === 11 }));
  const edges = [0, ...bins, 1800];
  const cum = (t, mean) => (t === 1800 ? 1 : 1 - Math.exp(-t / mean));
  const histogram = edges.slice(0, -1).map((from, i) => ({ from_s: from, to_s: edges[i + 1], abandoned: Math.round(totals.abandoned * (cum(edges[i + 1], 70) - cum(from, 70))), answered: Math.round(totals.answered * (cum(edges[i + 1], 32) - cum(from, 32))) }));
  const met = [true, false].map((m) => {
    const list = rows.filter((r) => r.met === m);
    const offered = list.reduce((a, r) => a + r.offered, 0);
    const abandoned = list.reduce((a, r) => a + r.abandoned, 0);
    return { met: m, intervals: list.length, offered, abandoned, rate: offered ? abandoned / offered : null };
  });
  const split = (keys, name) => keys.map((key, i) => {
    const offered = Math.round(totals.offered * (0.5 ** (i * 0.6 + 1)) + 40);
    const rate = 0.04 + 0.14 * noise(name, key);
    return { key: String(key), offered, abandoned: Math.round(offered * rate), rate: Math.round(offered * rate) / offered };
  });
  return {
    abandoned: totals.abandoned, offered: totals.offered, rate: totals.abandon_rate, rate_long: totals.abandon_rate_long, short_abandoned: totals.short_abandoned, queued: Math.round(totals.offered * 0.49), queued_rate: (totals.abandoned || 0) / Math.max(1, Math.round(totals.offered * 0.49)),
    survival, median_patience_s: 311, theta_s: 372, hazard, histogram, within: bins.map((t) => ({ t_s: t, share_abandoned: cum(t, 70), share_answered: cum(t, 32) })), by_met: met,
    by_queue: split(queues.map((q) => q.id), 'queue'), by_priority: split([0, 1, 2], 'priority'), by_position: split([1, 2, 3, 4, 5, 6, 7, 8], 'position'), by_hour: split(Array.from({ length: 14 }, (_, i) => i + 7), 'hour'), by_attempt: split([0, 1, 2, 3], 'attempt'),
    redial: { identified: Math.round(totals.abandoned * 0.47), within_10m: 0.241, within_1h: 0.444, within_1d: 0.583 },
    formulas: { rate: 'abandoned / offered', rate_long: '(abandoned − short abandons) / (offered − short abandons)', queued_rate: 'abandoned / queued', median_patience_s: 'smallest t at which S(t) ≤ 0.5', theta_s: 'total queue time / abandoned', redial: 'known callers who called again in time / known callers who abandoned' },
  };
}

export const beforeAfter = () => ({ hazard_ratio: 0.86, lo: 0.78, hi: 0.95, p: 0.0026, strata: 161, before: { offered: 21340, abandoned: 2210, rate: 0.1036, median_patience_s: 298 }, after: { offered: 20877, abandoned: 1873, rate: 0.0897, median_patience_s: 331 }, formulas: { hazard_ratio: 'hazard after / hazard before at equal wait, stratified by weekday and interval (Cox)' } });

export const ivr = () => {
  const nodes = [['welcome', 31240, 31, 912], ['language', 30328, 8, 240], ['main menu', 30088, 19, 1411], ['balance', 6120, 44, 220], ['cards', 4480, 21, 160], ['opening hours', 1890, 26, 75]];
  return { entered: 31240, queued: 21212, hung_up: 3018, failed: 0, formulas: { containment: 'contained / entered' }, contained: 7010, containment: 7010 / 31240, mean_time_s: 61.4, nodes: nodes.map(([node, entered, time, hung]) => ({ flow: 'main', node, entered, left: entered - hung, hung_up: hung, drop_off: hung / entered, mean_time_s: time })) };
};

export const agentRows = () => agents.map((a) => {
  const n = 90 + Math.round(260 * noise('n', a.id));
  const talk = 140 + 70 * noise('t', a.id);
  const seconds = (f) => Math.round(n * f);
  return {
    agent: a.id, name: a.name, team: a.team, handled: n, transferred: Math.round(n * 0.06), offers: n + Math.round(20 * noise('m', a.id)), missed: Math.round(14 * noise('m', a.id)), declined: Math.round(5 * noise('d', a.id)), aht_s: talk + 34, talk_s: talk, hold_s: 9, wrap_s: 25, occupancy: 0.6 + 0.3 * noise('o', a.id),
    states: [{ state: 'talking', reason: null, seconds: seconds(talk) }, { state: 'hold', reason: null, seconds: seconds(9) }, { state: 'wrap_up', reason: null, seconds: seconds(25) }, { state: 'reserved', reason: null, seconds: seconds(5) }, { state: 'available', reason: null, seconds: seconds(70) }, { state: 'break', reason: 'coffee', seconds: seconds(14) }, { state: 'break', reason: 'personal', seconds: seconds(5) }, { state: 'meal', reason: null, seconds: seconds(22) }, { state: 'training', reason: 'coaching', seconds: seconds(6) }],
  };
});

export const distribution = () => {
  const rows = agentRows().map((r, i) => ({ agent: r.agent, name: r.name, group: i % 3 === 0 ? 'grp_sales' : 'grp_service', handled: r.handled }));
  const total = (group) => rows.filter((r) => r.group === group).reduce((sum, r) => sum + r.handled, 0);
  return { rows: rows.map((r) => ({ ...r, share: r.handled / total(r.group) })), gini: 0.19, cv: 0.34, formulas: {} };
};

const BETTER = { sl: 'higher', fcr_proxy: 'higher', abandon_rate: 'lower', asa_s: 'lower', transfer_rate: 'lower', cost_per_call: 'lower', cost_share: 'lower' };

export function kpi(query) {
  const formula = (name) => definitions.find((d) => d.name === name)?.formula ?? '';
  const item = (name, unit, value, previous, n) => ({ name, title: name, unit, value, previous, n, better: BETTER[name] ?? 'neither', formula: formula(name), explain: `${formula(name)} = ${value ?? 'not defined'}` });
  const trend = serviceRows({ ...query, by: 'site', interval: '1d' }).rows.map((r) => ({ start: r.start, label: r.label, sl: r.sl, abandon_rate: r.abandon_rate, asa_s: r.asa_s, aht_s: r.aht_s, offered: r.offered, fcr_proxy: 0.68 + 0.08 * noise('f', r.start), transfer_rate: r.transfer_rate }));
  const t = serviceRows({ ...query, by: 'site', interval: 'total' }).totals;
  return {
    compare: 'previous', currency: 'EUR', resolution: { days: 7, known: 14008, pending: 3120, pending_from: '2026-07-27T00:00:00+03:00', anonymous_share: 0.22, survey_response: null }, handling: { n: t.answered, mean_s: t.aht_s, median_s: 148, sd_s: 201 },
    items: [item('offered', 'count', t.offered, Math.round(t.offered * 0.96), t.offered), item('sl', 'share', t.sl, t.sl - 0.031, t.offered), item('abandon_rate', 'share', t.abandon_rate, t.abandon_rate + 0.012, t.offered), item('asa_s', 'seconds', t.asa_s, t.asa_s + 4.1, t.answered), item('aht_s', 'seconds', t.aht_s, t.aht_s - 3, t.answered), item('fcr_proxy', 'share', 0.713, 0.713, Math.round(t.answered * 0.6)), item('transfer_rate', 'share', t.transfer_rate, t.transfer_rate + 0.004, t.answered), item('cost_per_call', 'money', null, null, t.answered), item('cost_share', 'share', null, null, t.answered)],
    reasons: [['balance', 'Balance and transactions', 0.31], ['cards', 'Lost or blocked card', 0.2], ['login', 'Cannot sign in', 0.17], ['loan', 'Loan enquiry', 0.12], ['complaint', 'Complaint', 0.06], ['other', 'Other', 0.14]].map(([code, label, f], i) => ({ code, label, volume: Math.round(t.answered * f), aht_s: 130 + i * 31.5, repeats: Math.round(t.answered * f * 0.05 * (i + 1)), transfers: Math.round(t.answered * f * 0.03 * (i + 1)) })),
    trend,
  };
}

const exits = ['answered', 'answered', 'answered', 'answered', 'answered', 'abandoned', 'timed_out', 'answered'];

function queueOf(date, i) {
  const q = queues[Math.floor(noise('q', date, i) * 4)];
  return { queue: q.name, queue_id: q.id };
}
function agentOf(exit, date, i) {
  const a = exit === 'answered' ? agents[Math.floor(noise('a', date, i) * agents.length)] : { name: '', id: '' };
  return { agent: a.name, agent_id: a.id };
}

export function calls(query) {
  const rows = [];
  for (let date = addDays(query.to, -1); date >= query.from && rows.length < 460; date = addDays(date, -1)) {
    if (isoWeekday(date) === 7) continue;
    for (let i = 0; i < 60; i++) {
      const exit = exits[Math.floor(noise('e', date, i) * exits.length)];
      const wait = Math.round(noise('w', date, i) ** 3 * 4000) / 10;
      const second = 72_000 - i * 700 - Math.floor(noise('s', date, i) * 600);
      const hh = (n) => String(Math.floor(n)).padStart(2, '0');
      const row = { interaction: `int_${date.replaceAll('-', '')}_${i}`, visit: `vis_${date}_${i}`, ...queueOf(date, i), ...agentOf(exit, date, i), joined_at: `${date}T${hh(second / 3600)}:${hh((second % 3600) / 60)}:${hh(second % 60)}+03:00`, wait_s: wait, exit, talk_s: exit === 'answered' ? 60 + Math.round(300 * noise('t', date, i)) : null, hold_s: exit === 'answered' ? 8 : null, wrap_s: exit === 'answered' ? 22 : null, priority: Math.floor(noise('p', date, i) * 3), transferred: noise('x', date, i) > 0.94 };
      if ((query.queue.length === 0 || query.queue.includes(row.queue_id)) && (!query.exit || query.exit === row.exit) && (!query.agent || query.agent === row.agent_id) && wait >= Number.parseFloat(query.min_wait || '0') && (!query.max_wait || wait <= Number.parseFloat(query.max_wait)) && !query.number) rows.push(row);
    }
  }
  const at = Number(query.cursor || 0);
  const limit = Number(query.limit || 100);
  return { rows: rows.slice(at, at + limit), next: at + limit < rows.length ? String(at + limit) : null };
}

export function callDetail(id) {
  const date = `${id.slice(4, 8)}-${id.slice(8, 10)}-${id.slice(10, 12)}`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const row = calls({ from: date, to: addDays(date, 1), queue: [], limit: 100 }).rows.find((r) => r.interaction === id);
  if (!row) return null;
  const start = Date.parse(row.joined_at);
  const at = (s) => new Date(start + s * 1000).toISOString();
  const steps = [[-31, 'call.offered', {}], [-30, 'ivr.entered', {}], [-12, 'ivr.step_taken', { node: 'main menu', input: '1', attempt: 1 }], [-1, 'ivr.left', { reason: 'queued' }], [0, 'queue.joined', { priority: row.priority, position: 4, waiting: 3, staffed: 11 }], [Math.min(8, row.wait_s), 'queue.announced', { what: 'wait', low_us: 60e6, high_us: 120e6 }]];
  if (row.agent) steps.push([row.wait_s - 4, 'offer.made', { attempt: 1, rule: 'longest idle' }], [row.wait_s, 'offer.accepted', {}], [row.wait_s, 'queue.left', { exit: 'answered', position: 1 }], [row.wait_s + row.talk_s, 'call.ended', { by: 'customer' }], [row.wait_s + row.talk_s + 30, 'visit.handled', { talk_us: row.talk_s * 1e6, hold_us: 8e6, wrap_up_us: 22e6, answered_at: (start + row.wait_s * 1000) * 1000 }]);
  else steps.push([row.wait_s, 'queue.left', { exit: row.exit, position: 3 }], [row.wait_s, 'call.ended', { by: 'customer' }]);
  return { interaction: id, visits: [row], events: steps.map(([s, kind, payload], i) => ({ at: at(s), kind, node: 'analytics', seq: 48_200 + i, queue: kind.startsWith('queue') || kind.startsWith('offer') ? row.queue : '', queue_id: row.queue_id, agent: kind.startsWith('offer') || kind.startsWith('visit') ? row.agent : '', agent_id: row.agent_id, visit: row.visit, leg: '', source_ref: '', payload })) };
}

export function live(now) {
  const tick = Math.floor(now / 1000);
  const rows = queues.map((q) => {
    const offered = Math.round(900 * q.weight);
    const abandoned = Math.round(offered * 0.07);
    return { queue: q.name, queue_id: q.id, waiting: Math.round(6 * q.weight * noise(q.id, Math.floor(tick / 3))), longest_wait_s: 20 + (tick % 60), offered, answered: offered - abandoned - 2, abandoned, sl: 0.72 + 0.2 * noise('sl', q.id), agents_available: Math.round(3 * noise('av', q.id)), agents_talking: Math.round(7 * q.weight) };
  });
  const sum = (name) => rows.reduce((a, r) => a + r[name], 0);
  const states = ['talking', 'talking', 'talking', 'available', 'wrap_up', 'break', 'offline', 'meal'];
  return {
    at: new Date(now).toISOString(), queues: rows,
    agents: agents.map((a, i) => ({ agent: a.id, name: a.name, team: teams.find((x) => x.id === a.team).name, queue: '', state: states[i % states.length], reason: states[i % states.length] === 'break' ? 'coffee' : '', since: new Date(now - 1000 * (20 + 40 * i)).toISOString() })),
    totals: { waiting: sum('waiting'), longest_wait_s: Math.max(...rows.map((r) => r.longest_wait_s)), offered: sum('offered'), answered: sum('answered'), abandoned: sum('abandoned'), sl: 0.813, agents_available: 4, agents_talking: 10, agents_by_state: {} },
  };
}
