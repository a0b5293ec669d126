import { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { Field, Input, SecretInput, SecretTextArea, Switch } from '@grafana/ui';
import React, { ChangeEvent } from 'react';
import { AgnerOptions, AgnerSecrets } from '../types';

type Props = DataSourcePluginOptionsEditorProps<AgnerOptions, AgnerSecrets>;

/** Where Agner is and who asks. Secrets never come back from Grafana. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const json = options.jsonData as AgnerOptions & { tlsSkipVerify?: boolean; tlsAuthWithCACert?: boolean };
  const secure = (options.secureJsonData ?? {}) as Record<string, string>;
  const fields = options.secureJsonFields as Record<string, boolean>;
  const setJSON = (change: Partial<typeof json>) => onOptionsChange({ ...options, jsonData: { ...json, ...change } });
  const setSecret = (name: string, value: string) =>
    onOptionsChange({ ...options, secureJsonData: { ...secure, [name]: value } as AgnerSecrets });
  const resetSecret = (name: string) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...fields, [name]: false },
      secureJsonData: { ...secure, [name]: '' } as AgnerSecrets,
    });
  return (
    <div>
      <Field label="URL" description="Address of Agner as this Grafana reaches it." required>
        <Input
          id="agner-url"
          width={60}
          placeholder="https://agner.example.org"
          value={options.url ?? ''}
          onChange={(e: ChangeEvent<HTMLInputElement>) => onOptionsChange({ ...options, url: e.target.value.trim() })}
        />
      </Field>
      <Field
        label="Token"
        description="Made in Agner under Account, API tokens. The sites, queues and teams of its owner bound what every panel shows."
        required
      >
        <SecretInput
          id="agner-token"
          width={60}
          placeholder="agner_…"
          isConfigured={Boolean(fields.token)}
          value={secure.token ?? ''}
          onChange={(e: ChangeEvent<HTMLInputElement>) => setSecret('token', e.target.value.trim())}
          onReset={() => resetSecret('token')}
        />
      </Field>
      <Field label="Own certificate authority" description="For an Agner whose certificate no public authority has signed.">
        <Switch
          id="agner-ca"
          value={Boolean(json.tlsAuthWithCACert)}
          onChange={(e) => setJSON({ tlsAuthWithCACert: e.currentTarget.checked })}
        />
      </Field>
      {json.tlsAuthWithCACert && (
        <Field label="Certificate">
          <SecretTextArea
            cols={58}
            rows={5}
            placeholder="-----BEGIN CERTIFICATE-----"
            isConfigured={Boolean(fields.tlsCACert)}
            onChange={(e: ChangeEvent<HTMLTextAreaElement>) => setSecret('tlsCACert', e.target.value)}
            onReset={() => resetSecret('tlsCACert')}
          />
        </Field>
      )}
      <Field label="Do not check the certificate" description="Anybody on the way could then read the token.">
        <Switch
          id="agner-skip"
          value={Boolean(json.tlsSkipVerify)}
          onChange={(e) => setJSON({ tlsSkipVerify: e.currentTarget.checked })}
        />
      </Field>
      <Field label="Rows at most" description="An answer with more is refused and not cut: a cut answer would make an alert lie.">
        <Input
          id="agner-rows"
          width={20}
          type="number"
          min={1}
          max={1000000}
          placeholder="100000"
          value={json.maxRows ?? ''}
          onChange={(e: ChangeEvent<HTMLInputElement>) => setJSON({ maxRows: e.target.value === '' ? undefined : Number(e.target.value) })}
        />
      </Field>
      <Field label="Pages" description="Address of Agner as people's browsers reach it, for links from panels. Without it the URL above.">
        <Input
          id="agner-pages"
          width={60}
          placeholder="https://agner.example.org"
          value={json.pagesURL ?? ''}
          onChange={(e: ChangeEvent<HTMLInputElement>) => setJSON({ pagesURL: e.target.value.trim() || undefined })}
        />
      </Field>
    </div>
  );
}
