import { InlineField, InlineFieldRow, InlineSwitch, Input, RadioButtonGroup, Text } from '@grafana/ui';
import React, { ChangeEvent } from 'react';
import { AgnerDataSource } from '../datasource';
import { AgnerQuery, Catalogue } from '../types';
import { Choice, Names } from './fields';

interface Props {
  datasource: AgnerDataSource;
  query: AgnerQuery;
  catalogue?: Catalogue;
  set: (change: Partial<AgnerQuery>, run?: boolean) => void;
}

/** The guided builder of a metric query. The formula of every chosen figure stands below it. */
export function MetricEditor({ datasource, query, catalogue, set }: Props) {
  const figures = catalogue?.figures ?? [];
  const chosen = figures.filter((f) => query.figures?.includes(f.name));
  const text = (name: 'within' | 'short') => ({
    id: `agner-${name}`,
    width: 10,
    placeholder: "queue's own",
    defaultValue: query[name] ?? '',
    onBlur: (e: ChangeEvent<HTMLInputElement>) => set({ [name]: e.target.value.trim() || undefined }),
  });
  return (
    <>
      <Names
        label="Figures"
        options={figures.map((f) => ({ value: f.name, label: f.title, description: f.formula }))}
        datasource={datasource}
        value={query.figures}
        placeholder="offered, answered, abandoned, sl"
        onChange={(figures) => set({ figures })}
      />
      <InlineFieldRow>
        <Choice label="By" options={catalogue?.by ?? ['queue', 'group', 'site', 'whole']} value={query.by ?? 'queue'} custom onChange={(by) => set({ by })} />
        <Choice label="Interval" options={['auto', ...(catalogue?.intervals ?? [])]} value={query.interval ?? 'auto'} custom onChange={(interval) => set({ interval })} />
        <InlineField label="Last week too" tooltip="Each figure beside what it was a week earlier, by the site's calendar">
          <InlineSwitch id="agner-compare" value={query.compare === 'week'} onChange={(e) => set({ compare: e.currentTarget.checked ? 'week' : undefined })} />
        </InlineField>
      </InlineFieldRow>
      <InlineFieldRow>
        <Names label="Queues" list="queues" datasource={datasource} value={query.queues} onChange={(queues) => set({ queues })} />
        <Names label="Sites" list="sites" datasource={datasource} value={query.sites} onChange={(sites) => set({ sites })} />
      </InlineFieldRow>
      <InlineFieldRow>
        <InlineField label="T" labelWidth={14} tooltip="Answered within, such as 20s"><Input {...text('within')} /></InlineField>
        <InlineField label="S" tooltip="Longest wait of a short abandon, such as 5s"><Input {...text('short')} /></InlineField>
        <InlineField label="As">
          <RadioButtonGroup
            options={[{ label: 'Series', value: 'series' as const }, { label: 'Table', value: 'table' as const }]}
            value={query.format ?? 'series'}
            onChange={(format) => set({ format })}
          />
        </InlineField>
      </InlineFieldRow>
      {chosen.map((f) => (
        <div key={f.name} data-testid={`formula-${f.name}`}>
          <Text variant="bodySmall" color="secondary">{`${f.title} = ${f.formula}`}</Text>
        </div>
      ))}
    </>
  );
}
