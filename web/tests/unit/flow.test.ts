import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emit, layout, template, withNode, withoutNode, type FlowDoc, type FlowReport } from '../../src/lib/flow';

/** cmd/agner/voice/rules reads this very text back (TestFormTextIsRead). */
const TEXT = `name: hello
start: menu
zone: Europe/Tallinn
hours:
  office:
    week:
      mon-fri: ["09:00-17:00"]
    except: {}
nodes:
  menu:
    kind: menu
    prompt: "Yes: press 1, #2 or \\"no\\"."
    choices:
      "1": sales
    no_match: sales
    attempts: 2
    barge_in: true
  sales:
    kind: branch
    "on": caller
    cases:
      - starts: "+372"
        goto: menu
    else: menu
`;

const doc: FlowDoc = {
  name: 'hello', start: 'menu', zone: 'Europe/Tallinn', hours: { office: { week: { 'mon-fri': ['09:00-17:00'] }, except: {} } },
  nodes: {
    menu: { kind: 'menu', prompt: 'Yes: press 1, #2 or "no".', choices: { 1: 'sales' }, no_match: 'sales', attempts: 2, barge_in: true },
    sales: { kind: 'branch', on: 'caller', cases: [{ starts: '+372', goto: 'menu' }], else: 'menu' },
  },
};

test('a document is written as YAML that cannot be misread', () => {
  assert.equal(emit(doc), TEXT);
  for (const word of ['yes', 'No', 'null', '12', ' padded ', '-', '{x}', 'a: b', 'a #b', '']) assert.ok(emit({ name: word, start: 'a', nodes: {} }).startsWith(`name: ${JSON.stringify(word)}\n`), word);
});

test('steps are changed and removed without touching the others', () => {
  const next = withNode(doc, 'menu', { ...doc.nodes.menu!, attempts: null, prompt: 'Hello', choices: {} });
  assert.deepEqual(next.nodes.menu, { kind: 'menu', prompt: 'Hello', no_match: 'sales', barge_in: true });
  assert.equal(next.nodes.sales, doc.nodes.sales);
  assert.deepEqual(Object.keys(withoutNode(doc, 'menu').nodes), ['sales']);
  assert.equal(Object.keys(doc.nodes).length, 2);
  assert.deepEqual(Object.keys(template('main', ['Sales']).nodes), ['menu', 'first', 'second']);
});

test('the picture has a column per step from the start and one line between two steps', () => {
  const report: FlowReport = {
    name: 'x', start: 'a', problems: [],
    nodes: ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'play' })),
    ways: [
      { from: 'a', to: 'b', when: 'choices.1', keyed: true }, { from: 'a', to: 'c', when: 'choices.2', keyed: true }, { from: 'a', to: 'c', when: 'no_match', keyed: false },
      { from: 'b', to: 'd', when: 'next', keyed: false }, { from: 'c', to: 'a', when: 'choices.9', keyed: true },
    ],
  };
  const { nodes, edges, width, height } = layout(report);
  const at = Object.fromEntries(nodes.map((n) => [n.name, n]));
  assert.ok(at.a!.x < at.b!.x && at.b!.x === at.c!.x && at.c!.y > at.b!.y && at.d!.x > at.b!.x);
  assert.deepEqual(edges.map((e) => [e.from.name, e.to.name, e.label]), [['a', 'b', '1'], ['a', 'c', '2, ≠'], ['b', 'd', ''], ['c', 'a', '9']]);
  for (const n of nodes) assert.ok(n.x < width && n.y < height);
});
