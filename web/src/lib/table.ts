/** Sorting and filtering of table rows: pure, so that it can be tested without a page. */
import type { Unit } from './format';

export interface Column<Row> {
  key: string;
  label: string;
  unit?: Unit;
  /** What is sorted, filtered and exported; the row's field of that key by default. */
  value?: (row: Row) => string | number | boolean | null | undefined;
  /** What is shown, when that differs from the value by its unit. */
  text?: (row: Row) => string;
  /** The definition's formula, shown behind the column's ƒ. */
  formula?: string;
  href?: (row: Row) => string | undefined;
  /** A class for the cell, e.g. to mark a missed target. */
  tone?: (row: Row) => 'good' | 'bad' | 'warn' | undefined;
  /** Hidden on narrow screens. */
  wide?: boolean;
}

export interface Sort {
  key: string;
  down: boolean;
}

/** The raw value of a cell. */
export function cell<Row>(column: Column<Row>, row: Row): string | number | boolean | null | undefined {
  if (column.value) return column.value(row);
  return (row as Record<string, string | number | boolean | null | undefined>)[column.key];
}

/** Compares two cells; nothing always comes last, whichever way one sorts. */
export function compare(a: unknown, b: unknown, down: boolean, collator: Intl.Collator): number {
  const emptyA = a === null || a === undefined || a === '';
  const emptyB = b === null || b === undefined || b === '';
  if (emptyA || emptyB) return Number(emptyA) - Number(emptyB);
  const order =
    typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return down ? -order : order;
}

/** A sorted copy; rows that tie keep their order. */
export function sorted<Row>(rows: readonly Row[], columns: Column<Row>[], sort: Sort | null, locale: string): Row[] {
  const column = sort && columns.find((c) => c.key === sort.key);
  if (!column) return [...rows];
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  return [...rows].sort((a, b) => compare(cell(column, a), cell(column, b), sort.down, collator));
}

/** Rows in which every word of the query occurs somewhere, as shown on the page. */
export function filtered<Row>(rows: readonly Row[], query: string, shown: (row: Row) => string[]): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...rows];
  return rows.filter((row) => {
    const text = shown(row).join('\u0000').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Reads `key.desc` or `key` from the address. */
export function parseSort(text: string | null): Sort | null {
  if (!text) return null;
  return text.endsWith('.desc') ? { key: text.slice(0, -5), down: true } : { key: text, down: false };
}

/** Writes a sort into the address. */
export function printSort(sort: Sort | null): string | null {
  return sort && (sort.down ? `${sort.key}.desc` : sort.key);
}
