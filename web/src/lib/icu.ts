/**
 * A small ICU message formatter: `{name}`, `{n, number}`, `{n, plural, =0 {…} one {…} other {# …}}`
 * and `{k, select, a {…} other {…}}`, nested, with `''` and `'{…}'` quoting. The Go side reads
 * the same files with the same grammar.
 */

export type Params = Record<string, string | number | null | undefined>;

interface Choice {
  kind: 'plural' | 'select';
  name: string;
  cases: Map<string, Node[]>;
}

type Node = string | { kind: 'arg' | 'number'; name: string } | { kind: 'pound' } | Choice;

interface Cursor {
  text: string;
  at: number;
}

/** Parses a message. Throws a SyntaxError that names the offset when a brace or case is missing. */
export function parse(text: string): Node[] {
  const cursor = { text, at: 0 };
  const nodes = parseNodes(cursor, false, false);
  if (cursor.at < text.length) throw fail(cursor, 'unexpected "}"');
  return nodes;
}

function fail(c: Cursor, what: string): SyntaxError {
  return new SyntaxError(`message: ${what} at ${c.at} in ${JSON.stringify(c.text)}`);
}

function parseNodes(c: Cursor, nested: boolean, plural: boolean): Node[] {
  const out: Node[] = [];
  let text = '';
  const flush = () => {
    if (text) out.push(text);
    text = '';
  };
  while (c.at < c.text.length) {
    const ch = c.text[c.at]!;
    if (ch === "'") text += quoted(c);
    else if (ch === '{') {
      flush();
      out.push(parseArg(c));
    } else if (ch === '}') {
      if (!nested) throw fail(c, 'unexpected "}"');
      break;
    } else if (ch === '#' && plural) {
      flush();
      out.push({ kind: 'pound' });
      c.at++;
    } else {
      text += ch;
      c.at++;
    }
  }
  flush();
  return out;
}

/** A lone apostrophe is itself; `''` is one; `'{` or `'}` starts literal text. */
function quoted(c: Cursor): string {
  const next = c.text[c.at + 1];
  if (next === "'") {
    c.at += 2;
    return "'";
  }
  if (next !== '{' && next !== '}' && next !== '#') {
    c.at++;
    return "'";
  }
  const end = c.text.indexOf("'", c.at + 1);
  const stop = end < 0 ? c.text.length : end;
  const literal = c.text.slice(c.at + 1, stop);
  c.at = stop + 1;
  return literal;
}

function word(c: Cursor): string {
  const match = /^\s*([^\s{},]+)\s*/.exec(c.text.slice(c.at));
  if (!match) throw fail(c, 'expected a name');
  c.at += match[0].length;
  return match[1]!;
}

function parseArg(c: Cursor): Node {
  c.at++;
  const name = word(c);
  if (c.text[c.at] === '}') {
    c.at++;
    return { kind: 'arg', name };
  }
  if (c.text[c.at] !== ',') throw fail(c, 'expected "," or "}"');
  c.at++;
  const kind = word(c);
  if (kind === 'number') {
    if (c.text[c.at] !== '}') throw fail(c, 'expected "}"');
    c.at++;
    return { kind, name };
  }
  if (kind !== 'plural' && kind !== 'select') throw fail(c, `unknown format ${kind}`);
  if (c.text[c.at] !== ',') throw fail(c, 'expected ","');
  c.at++;
  return { kind, name, cases: parseCases(c, kind === 'plural') };
}

function parseCases(c: Cursor, plural: boolean): Map<string, Node[]> {
  const cases = new Map<string, Node[]>();
  for (;;) {
    const space = /^\s*/.exec(c.text.slice(c.at))!;
    c.at += space[0].length;
    if (c.text[c.at] === '}') break;
    const key = word(c);
    if (c.text[c.at] !== '{') throw fail(c, 'expected "{"');
    c.at++;
    cases.set(key, parseNodes(c, true, plural));
    if (c.text[c.at] !== '}') throw fail(c, 'expected "}"');
    c.at++;
  }
  c.at++;
  if (!cases.has('other')) throw fail(c, 'missing the case "other"');
  return cases;
}

/** Formats a parsed message for a BCP 47 locale. A missing parameter shows as its name in braces. */
export function format(nodes: Node[], locale: string, params: Params, pound?: number): string {
  let out = '';
  for (const node of nodes) {
    if (typeof node === 'string') out += node;
    else if (node.kind === 'pound') out += number(pound ?? 0, locale);
    else if (node.kind === 'plural' || node.kind === 'select') out += choose(node as Choice, locale, params);
    else out += argument(node.name, locale, params);
  }
  return out;
}

function argument(name: string, locale: string, params: Params): string {
  const value = params[name];
  if (value === undefined || value === null) return `{${name}}`;
  return typeof value === 'number' ? number(value, locale) : value;
}

function choose(node: Choice, locale: string, params: Params): string {
  const value = params[node.name];
  if (node.kind === 'select') {
    return format(node.cases.get(String(value)) ?? node.cases.get('other')!, locale, params);
  }
  const n = Number(value ?? 0);
  const rule = new Intl.PluralRules(locale).select(n);
  const branch = node.cases.get(`=${n}`) ?? node.cases.get(rule) ?? node.cases.get('other')!;
  return format(branch, locale, params, n);
}

function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** The parameter names a message uses, for the test that compares the languages. */
export function names(nodes: Node[]): Set<string> {
  const out = new Set<string>();
  for (const node of nodes) {
    if (typeof node === 'string' || node.kind === 'pound') continue;
    out.add(node.name);
    if ('cases' in node) for (const branch of node.cases.values()) for (const n of names(branch)) out.add(n);
  }
  return out;
}
