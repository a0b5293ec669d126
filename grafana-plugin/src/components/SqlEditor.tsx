import { CodeEditor, CodeEditorSuggestionItem, CodeEditorSuggestionItemKind, InlineField, InlineFieldRow, RadioButtonGroup, Text } from '@grafana/ui';
import { getTemplateSrv } from '@grafana/runtime';
import React from 'react';
import { AgnerQuery, Tables } from '../types';
import { Choice } from './fields';

export const macros: Array<[string, string]> = [
  ['$__timeFilter(joined_at)', 'within the time range of the panel'],
  ['$__timeGroup(joined_at, $__interval)', 'start of the local interval: 15m, 30m, 60m, 1d, 1w or $__interval'],
  ['$__timeFrom()', 'start of the time range'],
  ['$__timeTo()', 'end of the time range'],
  ['$__in(column, $variable)', 'column IN (values), or true for all'],
  ['$__interval', "the panel's interval as INTERVAL"],
  ['$__interval_ms', "the panel's interval in milliseconds"],
];

/** Completion: tables, columns, macros, variables of the dashboard. */
export function suggestions(tables?: Tables): CodeEditorSuggestionItem[] {
  const seen = new Map<string, string[]>();
  for (const t of tables?.tables ?? []) {
    for (const c of t.columns) {
      seen.set(c.name, [...(seen.get(c.name) ?? []), `${t.name} ${c.type}`]);
    }
  }
  return [
    ...macros.map(([label, documentation]) => ({ label, documentation, kind: CodeEditorSuggestionItemKind.Method, detail: 'macro' })),
    ...(tables?.tables ?? []).map((t) => ({ label: t.name, documentation: t.text, kind: CodeEditorSuggestionItemKind.Property, detail: 'table' })),
    ...Array.from(seen, ([label, where]) => ({ label, kind: CodeEditorSuggestionItemKind.Field, detail: where.join(', ') })),
    ...(getTemplateSrv()?.getVariables() ?? []).map((v) => ({ label: `$${v.name}`, kind: CodeEditorSuggestionItemKind.Constant, detail: 'variable' })),
  ];
}

interface Props {
  query: AgnerQuery;
  tables?: Tables;
  set: (change: Partial<AgnerQuery>, run?: boolean) => void;
  onRunQuery: () => void;
}

/** The code editor of an SQL query. It runs when the editor is left, or by Ctrl+S. */
export function SqlEditor({ query, tables, set }: Props) {
  return (
    <>
      <CodeEditor
        language="sql"
        height={180}
        showLineNumbers
        value={query.sql ?? ''}
        getSuggestions={() => suggestions(tables)}
        onBlur={(sql) => sql !== query.sql && set({ sql })}
        onSave={(sql) => set({ sql })}
      />
      <InlineFieldRow>
        <Choice label="Interval" options={['auto', '15m', '30m', '60m', '1d', '1w']} value={query.interval ?? 'auto'} custom tooltip="What $__interval stands for" onChange={(interval) => set({ interval })} />
        <InlineField label="As" tooltip="Series when a column is called time: texts become labels">
          <RadioButtonGroup
            options={[{ label: 'Series', value: 'series' as const }, { label: 'Table', value: 'table' as const }]}
            value={query.format ?? 'series'}
            onChange={(format) => set({ format })}
          />
        </InlineField>
      </InlineFieldRow>
      <Text variant="bodySmall" color="secondary">
        {`Tables: ${(tables?.tables ?? []).map((t) => t.name).join(', ') || '…'}. Macros: ${macros.map(([m]) => m).join(', ')}. Times are UTC; *_us are microseconds.`}
      </Text>
    </>
  );
}
