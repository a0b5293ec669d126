/** The table of a set-up area from its description. */
import type { SetupRow } from './api/setup';
import { weekday } from './format';
import { dyn, locale, t } from './i18n.svelte';
import { roleLabel, stateLabel } from './labels';
import { SCOPE_AREA, toShown, type Area, type Field } from './setup';
import type { Column } from './table';

type Refs = Record<string, SetupRow[]>;

function shown(field: Field, row: SetupRow, refs: Refs): string {
  const value = row[field.name];
  if (value === null || value === undefined || value === '') return '';
  switch (field.kind) {
    case 'bool':
      return value ? t('ui.yes') : t('ui.no');
    case 'ref': {
      const area = field.ref === 'scope' ? (SCOPE_AREA[String(row.scope)] ?? '') : (field.ref ?? '');
      const found = refs[area]?.find((r) => r.id === value);
      return String(found?.name || found?.login || value);
    }
    case 'weekday':
      return weekday(Number(value), locale(), 'long');
    case 'multi':
      return (value as string[]).map(stateLabel).join(', ');
    case 'list':
      return (value as string[]).join(', ');
    case 'select':
      return field.name === 'role' ? roleLabel(String(value)) : dyn(`ui.opt.${String(value)}`, String(value));
    default:
      return String(value);
  }
}

/** Columns for the fields that a list shows, and whether the row is retired. */
export function setupColumns(area: Area, refs: Refs): Column<SetupRow>[] {
  const out = area.fields
    .filter((field) => !field.detail)
    .map((field, i): Column<SetupRow> => {
      const base = { key: field.name, label: t(field.label), wide: i > 1 };
      if (field.kind !== 'number') return { ...base, value: (row) => shown(field, row, refs) };
      const value = (row: SetupRow) => (typeof row[field.name] === 'number' ? toShown(field, row[field.name] as number) : null);
      return { ...base, unit: 'count', value };
    });
  out.push({ key: 'retired_at', label: t('ui.setup.state'), value: (row) => (row.retired_at ? t('ui.setup.retired') : t('ui.setup.in_use')), wide: true });
  return out;
}
