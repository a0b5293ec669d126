import { Combobox, ComboboxOption, InlineField, MultiCombobox } from '@grafana/ui';
import React from 'react';
import { AgnerDataSource } from '../datasource';

interface ChoiceProps {
  label: string;
  options: string[] | ComboboxOption[];
  value: string;
  onChange: (value: string) => void;
  custom?: boolean;
  tooltip?: string;
}

/** One of a few; with custom also a variable or a text of one's own. */
export function Choice({ label, options, value, onChange, custom, tooltip }: ChoiceProps) {
  const id = `agner-${label.toLowerCase()}`;
  return (
    <InlineField label={label} labelWidth={14} tooltip={tooltip} htmlFor={id}>
      <Combobox
        id={id}
        width={26}
        options={options.map((o) => (typeof o === 'string' ? { value: o, label: o || 'all' } : o))}
        value={value}
        createCustomValue={custom}
        onChange={(o) => onChange(o?.value ?? '')}
      />
    </InlineField>
  );
}

interface NamesProps {
  label: string;
  list?: string;
  options?: string[] | ComboboxOption[];
  datasource: AgnerDataSource;
  value?: string[];
  onChange: (value: string[]) => void;
  placeholder?: string;
}

/** Several of a list that Agner knows; a variable can be typed in. Nothing chosen is all. */
export function Names({ label, list, options, datasource, value, onChange, placeholder }: NamesProps) {
  const id = `agner-${label.toLowerCase()}`;
  const load = async (typed: string): Promise<ComboboxOption[]> => {
    const names = await datasource.names(list ?? 'queues');
    return names.filter((n) => n.name.toLowerCase().includes(typed.toLowerCase())).map((n) => ({ value: n.name, label: n.name }));
  };
  return (
    <InlineField label={label} labelWidth={14} htmlFor={id} grow>
      <MultiCombobox
        id={id}
        width="auto"
        minWidth={40}
        options={options?.map((o) => (typeof o === 'string' ? { value: o, label: o } : o)) ?? load}
        value={value ?? []}
        createCustomValue
        isClearable
        placeholder={placeholder ?? 'all'}
        onChange={(chosen) => onChange(chosen.map((c) => c.value))}
      />
    </InlineField>
  );
}
