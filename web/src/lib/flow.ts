/** A menu as a document: what its kinds of nodes ask, how it is written as YAML, and where its nodes stand in the picture. */

export type Scalar = string | number | boolean | null;
export type Doc = Scalar | Doc[] | { [key: string]: Doc };
export type Node = { kind: string; [field: string]: Doc };

export interface FlowDoc {
  name: string;
  start: string;
  nodes: Record<string, Node>;
  [field: string]: Doc | Record<string, Node>;
}

export interface FlowReport {
  name: string;
  start: string;
  nodes: { name: string; kind: string }[];
  ways: { from: string; to: string; when: string; keyed: boolean }[];
  problems: { line: number; node: string; field: string; value: string; why: string }[];
  doc?: FlowDoc | null;
}

export interface FlowRun {
  outcome: string;
  end: string;
  last_node: string;
  spent_s: number;
  attributes: Record<string, string>;
  unused: number;
  lines: { at_s: number; node: string; what: string; text: string }[];
}

/** How a field is asked: a text to say, a way to another node, a queue, keys with ways, and so on. */
export type FieldKind = 'prompt' | 'way' | 'queue' | 'hours' | 'text' | 'number' | 'bool' | 'span' | 'keys' | 'cases' | 'pairs' | 'list' | 'choice';

export interface FlowField {
  name: string;
  kind: FieldKind;
  must?: boolean;
  options?: string[];
  /** Of a bool: what holds when nothing is said. */
  usual?: boolean;
}

const must = (name: string, kind: FieldKind, options?: string[]): FlowField => ({ name, kind, must: true, options });
const may = (name: string, kind: FieldKind, options?: string[]): FlowField => ({ name, kind, options });
const asking = [may('attempts', 'number'), may('timeout', 'span'), may('invalid', 'prompt'), may('silence', 'prompt'), { ...may('barge_in', 'bool'), usual: true }];

/** The fields of every kind, as docs/formats/flow.md has them. */
export const KINDS: Record<string, FlowField[]> = {
  play: [must('prompt', 'prompt'), must('next', 'way'), may('barge_in', 'bool')],
  menu: [must('prompt', 'prompt'), must('choices', 'keys'), must('no_match', 'way'), may('no_input', 'way'), ...asking],
  gather: [must('prompt', 'prompt'), must('save', 'text'), must('next', 'way'), must('failed', 'way'), may('min', 'number'), may('max', 'number'), may('terminator', 'choice', ['#', '*', 'none']), may('keep', 'bool'), ...asking],
  say: [must('what', 'choice', ['position', 'wait']), must('queue', 'queue'), must('next', 'way')],
  hours: [must('hours', 'hours'), must('open', 'way'), must('closed', 'way')],
  branch: [must('on', 'text'), must('cases', 'cases'), must('else', 'way')],
  lookup: [must('url', 'text'), must('next', 'way'), must('failed', 'way'), may('timeout', 'span'), may('prompt', 'prompt'), may('save', 'pairs')],
  set: [must('next', 'way'), may('skills', 'list'), may('priority', 'number'), may('attributes', 'pairs')],
  consent: [must('prompt', 'prompt'), may('how', 'choice', ['announcement', 'key']), may('next', 'way'), may('accepted', 'way'), may('refused', 'way'), may('yes', 'text'), may('no', 'text')],
  enqueue: [must('queue', 'queue'), may('prompt', 'prompt')],
  voicemail: [must('box', 'queue'), may('prompt', 'prompt'), may('length', 'span')],
  callback: [must('queue', 'queue'), must('next', 'way'), must('failed', 'way'), may('number', 'text')],
  transfer: [must('to', 'text'), must('failed', 'way'), may('timeout', 'span'), may('prompt', 'prompt')],
  hangup: [may('prompt', 'prompt'), may('cause', 'text'), may('outcome', 'choice', ['served', 'failed'])],
};

const PLAIN = /^[\p{L}][\p{L}\p{N}_ ./-]*$/u;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** A text as YAML: plain where nobody can misread it, else in double quotes, which JSON shares with YAML. */
function scalar(v: Scalar): string {
  if (typeof v !== 'string') return String(v);
  return PLAIN.test(v) && !RESERVED.test(v) && v === v.trim() ? v : JSON.stringify(v);
}

const isMap = (v: Doc): v is { [key: string]: Doc } => v !== null && typeof v === 'object' && !Array.isArray(v);

function block(v: Doc, indent: string): string {
  if (Array.isArray(v)) {
    if (v.length === 0) return ' []';
    if (v.every((item) => item === null || typeof item !== 'object')) return ` [${v.map((item) => scalar(item as Scalar)).join(', ')}]`;
    return `\n${v.map((item) => `${indent}- ${isMap(item) ? block(item, `${indent}  `).trimStart() : block(item, `${indent}  `).trimStart()}`).join('\n')}`;
  }
  if (!isMap(v)) return ` ${scalar(v)}`;
  const entries = Object.entries(v);
  if (entries.length === 0) return ' {}';
  return `\n${entries.map(([key, value]) => `${indent}${scalar(key)}:${block(value, `${indent}  `)}`).join('\n')}`;
}

/** The document as YAML. */
export function emit(doc: FlowDoc): string {
  return `${block(doc as unknown as Doc, '').trimStart()}\n`;
}

/** The document with one node changed; what is empty is left out. */
export function withNode(doc: FlowDoc, name: string, node: Node): FlowDoc {
  const clean = Object.fromEntries(Object.entries(node).filter(([, v]) => v !== '' && v !== null && !(typeof v === 'object' && Object.keys(v as object).length === 0))) as Node;
  return { ...doc, nodes: { ...doc.nodes, [name]: clean } };
}

/** The document without a node; ways to it are left for the check to name. */
export function withoutNode(doc: FlowDoc, name: string): FlowDoc {
  const { [name]: _, ...nodes } = doc.nodes;
  return { ...doc, nodes };
}

export interface Placed {
  name: string;
  kind: string;
  x: number;
  y: number;
}

export interface Edge {
  from: Placed;
  to: Placed;
  label: string;
}

/** Size of a node's box and the room it takes, in px. */
export const BOX = { width: 150, height: 46, columns: 236, rows: 74 };

/** Where the nodes stand: a column per step from the start, in the order of the text; ways between the same two nodes share a line. */
export function layout(report: FlowReport): { nodes: Placed[]; edges: Edge[]; width: number; height: number } {
  const depth = new Map<string, number>([[report.start, 0]]);
  for (const queue = [report.start]; queue.length > 0; ) {
    const at = queue.shift()!;
    for (const way of report.ways) {
      if (way.from !== at || depth.has(way.to)) continue;
      depth.set(way.to, depth.get(at)! + 1);
      queue.push(way.to);
    }
  }
  const rows: number[] = [];
  const nodes = report.nodes.map((n): Placed => {
    const column = depth.get(n.name) ?? 0;
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    return { ...n, x: 8 + column * BOX.columns, y: 8 + row * BOX.rows };
  });
  const by = new Map(nodes.map((n) => [n.name, n]));
  const lines = new Map<string, Edge>();
  for (const way of report.ways) {
    const from = by.get(way.from);
    const to = by.get(way.to);
    if (!from || !to) continue;
    const key = `${way.from} ${way.to}`;
    const label = way.when.replace(/^(choices|cases)\./, '').replace('no_match', '≠').replace('next', '');
    const known = lines.get(key);
    if (known) known.label = [known.label, label].filter(Boolean).join(', ');
    else lines.set(key, { from, to, label });
  }
  return {
    nodes, edges: [...lines.values()],
    width: Math.max(BOX.width, ...nodes.map((n) => n.x + BOX.width)) + 8,
    height: Math.max(BOX.height, ...nodes.map((n) => n.y + BOX.height)) + 30,
  };
}

/** The curve of a way: to the right from box to box, and below the boxes where it leads back. */
export function curve({ from, to }: Edge): { d: string; x: number; y: number } {
  const sx = from.x + BOX.width;
  const sy = from.y + BOX.height / 2;
  const ty = to.y + BOX.height / 2;
  if (to.x > from.x) {
    const mid = (sx + to.x) / 2;
    return { d: `M${sx} ${sy} C${mid} ${sy} ${mid} ${ty} ${to.x} ${ty}`, x: mid, y: (sy + ty) / 2 - 4 };
  }
  const low = Math.max(from.y, to.y) + BOX.height + 18;
  const bx = from.x + BOX.width / 2;
  const tx = to.x + BOX.width / 2 + 12;
  return { d: `M${bx} ${from.y + BOX.height} C${bx} ${low} ${tx} ${low} ${tx} ${to.y + BOX.height}`, x: (bx + tx) / 2, y: low - 4 };
}

/** A new menu: a greeting that offers two groups by key. */
export function template(name: string, queues: string[]): FlowDoc {
  const [first, second] = [queues[0] ?? '', queues[1] ?? queues[0] ?? ''];
  const nodes: Record<string, Node> = {
    menu: { kind: 'menu', prompt: `For ${first} press 1, for ${second} press 2.`, choices: { 1: 'first', 2: 'second' }, no_match: 'first' },
    first: { kind: 'enqueue', queue: first },
    second: { kind: 'enqueue', queue: second },
  };
  return { name, start: 'menu', nodes };
}
