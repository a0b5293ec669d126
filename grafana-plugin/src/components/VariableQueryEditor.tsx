import { QueryEditorProps } from '@grafana/data';
import { InlineField, InlineFieldRow, RadioButtonGroup, TextArea } from '@grafana/ui';
import React, { FocusEvent } from 'react';
import type { AgnerDataSource } from '../datasource';
import { AgnerOptions, AgnerQuery, AgnerVariableQuery, lists } from '../types';
import { Choice } from './fields';

type Props = QueryEditorProps<AgnerDataSource, AgnerQuery, AgnerOptions, AgnerVariableQuery>;

const ways = [
  { label: 'Names', value: false },
  { label: 'SQL', value: true },
];

/** What a variable offers: one of Agner's lists, or the first column of a query. */
export function VariableQueryEditor({ query, onChange, onRunQuery }: Props) {
  const bySQL = query.sql !== undefined;
  const set = (change: Partial<AgnerVariableQuery>) => {
    onChange({ ...query, ...change, refId: query.refId || 'variable' });
    onRunQuery();
  };
  return (
    <>
      <InlineFieldRow>
        <InlineField label="From" labelWidth={14}>
          <RadioButtonGroup options={ways} value={bySQL} onChange={(sql) => set(sql ? { sql: 'SELECT name FROM dim_queues ORDER BY 1', list: undefined } : { sql: undefined, list: 'queues' })} />
        </InlineField>
        {!bySQL && <Choice label="List" options={[...lists]} value={query.list ?? 'queues'} onChange={(list) => set({ list })} />}
      </InlineFieldRow>
      {bySQL && (
        <InlineField label="SQL" labelWidth={14} grow tooltip="The first column is offered">
          <TextArea id="agner-variable-sql" rows={4} defaultValue={query.sql} onBlur={(e: FocusEvent<HTMLTextAreaElement>) => set({ sql: e.target.value })} />
        </InlineField>
      )}
    </>
  );
}
