import { QueryEditorProps } from '@grafana/data';
import { Alert, InlineField, InlineFieldRow, InlineSwitch, RadioButtonGroup } from '@grafana/ui';
import React, { useEffect, useState } from 'react';
import { AgnerDataSource } from '../datasource';
import { AgnerOptions, AgnerQuery, Catalogue, defaultQuery, defaultSQL, Kind, markKinds, parts, reports, Tables } from '../types';
import { MetricEditor } from './MetricEditor';
import { Choice, Names } from './fields';
import { SqlEditor } from './SqlEditor';

export type Props = QueryEditorProps<AgnerDataSource, AgnerQuery, AgnerOptions>;

const kinds: Array<{ label: string; value: Kind; description: string }> = [
  { label: 'Metric', value: 'metric', description: 'Figures of the catalogue by queue, team … and interval' },
  { label: 'Report', value: 'report', description: 'A table of a report' },
  { label: 'Live', value: 'live', description: 'This moment' },
  { label: 'SQL', value: 'sql', description: 'One SELECT on the facts' },
  { label: 'Marks', value: 'marks', description: 'Outages, schedules, changes: annotations' },
];

/** The editor of a panel's query: a builder for each kind. */
export function QueryEditor({ datasource, query: given, onChange, onRunQuery }: Props) {
  const query: AgnerQuery = { ...defaultQuery, ...given };
  const [catalogue, setCatalogue] = useState<Catalogue>();
  const [tables, setTables] = useState<Tables>();
  const [wrong, setWrong] = useState('');
  const kind = query.kind ?? 'metric';
  useEffect(() => {
    const tell = (e: unknown) => setWrong(e instanceof Error ? e.message : String((e as { data?: { error?: string } })?.data?.error ?? e));
    if (kind === 'sql') {
      datasource.tables().then(setTables, tell);
    } else {
      datasource.catalogue().then(setCatalogue, tell);
    }
  }, [datasource, kind]);
  const set = (change: Partial<AgnerQuery>, run = true) => {
    onChange({ ...query, ...change });
    if (run) {
      onRunQuery();
    }
  };
  const choose = (kind: Kind) => set({ kind, sql: kind === 'sql' ? (query.sql ?? defaultSQL) : query.sql });
  return (
    <div>
      <InlineFieldRow>
        <InlineField label="Ask" labelWidth={14}>
          <RadioButtonGroup options={kinds} value={kind} onChange={choose} />
        </InlineField>
      </InlineFieldRow>
      {wrong && <Alert severity="warning" title="Agner did not answer the editor">{wrong}</Alert>}
      {kind === 'metric' && <MetricEditor datasource={datasource} query={query} catalogue={catalogue} set={set} />}
      {kind === 'report' && (
        <>
          <InlineFieldRow>
            <Choice label="Report" options={reports} value={query.report ?? ''} onChange={(report) => set({ report })} />
            {query.report === 'abandonment' && <Choice label="Part" options={parts} value={query.part ?? ''} onChange={(part) => set({ part })} />}
          </InlineFieldRow>
          <Names label="Queues" list="queues" datasource={datasource} value={query.queues} onChange={(queues) => set({ queues })} />
        </>
      )}
      {kind === 'live' && (
        <InlineFieldRow>
          <Choice label="Show" options={['queues', 'agents', 'totals']} value={query.live ?? 'queues'} onChange={(live) => set({ live: live as AgnerQuery['live'] })} />
          <InlineField label="Stream" tooltip="A frame a second by Grafana Live, instead of the dashboard's refresh">
            <InlineSwitch id="agner-stream" value={Boolean(query.stream)} onChange={(e) => set({ stream: e.currentTarget.checked })} />
          </InlineField>
        </InlineFieldRow>
      )}
      {kind === 'sql' && <SqlEditor query={query} tables={tables} set={set} onRunQuery={onRunQuery} />}
      {kind === 'marks' && <Names label="Kinds" options={markKinds} datasource={datasource} value={query.marks} onChange={(marks) => set({ marks })} />}
    </div>
  );
}
