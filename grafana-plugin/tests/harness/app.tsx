// The harness page: the built module.js, loaded as Grafana loads it, with Grafana's own components around it and a made-up
// Agner behind it. ?show= chooses what is shown; everything that editors report is in window.harness.
import * as data from '@grafana/data';
import * as runtime from '@grafana/runtime';
import * as ui from '@grafana/ui';
import React from 'react';
import * as ReactDOM from 'react-dom';
import { createRoot } from 'react-dom/client';
import * as rxjs from 'rxjs';
import { Panels } from './panels';

const have: Record<string, unknown> = { react: React, 'react-dom': ReactDOM, rxjs, '@grafana/data': data, '@grafana/runtime': runtime, '@grafana/ui': ui };
const params = new URLSearchParams(location.search);

const variables = [
  { name: 'queue', current: { value: ['Sales', "O'Hara"] } },
  { name: 'everything', current: { value: ['$__all'] } },
];
runtime.setTemplateSrv({
  getVariables: () => variables,
  containsTemplate: (text?: string) => variables.some((v) => text?.includes(`$${v.name}`)),
  updateTimeRange: () => undefined,
  replace: (text?: string, scoped?: data.ScopedVars, format?: unknown) =>
    (text ?? '').replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, a, b) => {
      const value = scoped?.[a ?? b]?.value ?? variables.find((v) => v.name === (a ?? b))?.current.value;
      if (value === undefined) {
        return whole;
      }
      return typeof format === 'function' ? format(value) : String(value);
    }),
} as unknown as runtime.TemplateSrv);

const answers: Record<string, unknown> = {
  catalogue: {
    figures: [
      { name: 'sl', title: 'Service level', unit: 'share', formula: 'answered within T / (offered − short abandons)', text: '' },
      { name: 'offered', title: 'Offered', unit: 'count', formula: 'contacts that came', text: '' },
      { name: 'asa_s', title: 'Average speed of answer', unit: 'seconds', formula: 'waits of the answered / answered', text: '' },
    ],
    by: ['queue', 'group', 'site', 'whole'],
    intervals: ['15m', '30m', '60m', '1d', '1w', 'total'],
  },
  tables: { tables: [{ name: 'visits', text: 'passages through queues', columns: [{ name: 'joined_at', type: 'TIMESTAMP' }, { name: 'queue', type: 'VARCHAR' }] }, { name: 'offers', text: 'offers', columns: [{ name: 'queue', type: 'VARCHAR' }] }] },
  queues: [{ id: 'q1', name: 'Sales' }, { id: 'q2', name: 'Support' }],
  teams: [{ id: 't1', name: 'North' }],
};
const asked: unknown[] = [];
runtime.setBackendSrv({
  fetch: (request: { url: string; data?: unknown }) => {
    asked.push(request);
    const name = request.url.split('/').pop() ?? '';
    if (request.url.includes('/resources/')) {
      return answers[name] ? rxjs.of({ data: answers[name] }) : rxjs.throwError(() => new Error(`Agner says 403: ${name}`));
    }
    const frame = { schema: { fields: [{ name: 'name', type: 'string' }] }, data: { values: [['Sales', 'Support', '']] } };
    return rxjs.of({ data: { results: { variable: { frames: [frame] }, A: { frames: [frame] } } } });
  },
} as unknown as runtime.BackendSrv);
const streams: unknown[] = [];
runtime.setGrafanaLiveSrv({
  getDataStream: (options: unknown) => {
    streams.push(options);
    return rxjs.of({ data: [], state: data.LoadingState.Streaming });
  },
} as unknown as runtime.GrafanaLiveSrv);

(window as any).define = (names: string[], make: (...deps: unknown[]) => any) => {
  const missing = names.filter((n) => !have[n]);
  if (missing.length) {
    throw new Error(`module.js asks for ${missing}`);
  }
  (window as any).loaded = make(...names.map((n) => have[n]));
};

const settings = { id: 1, uid: 'agner', type: 'agner-callcentre-datasource', name: 'Agner', url: '', jsonData: {}, meta: {}, access: 'proxy', readOnly: false };

function Editor({ plugin, source }: { plugin: any; source: any }) {
  const show = params.get('show') ?? 'metric';
  const [query, setQuery] = React.useState<any>({ refId: 'A', ...(['metric', 'sql', 'variable'].includes(show) ? {} : { kind: show }) });
  const [options, setOptions] = React.useState<any>({ ...settings, secureJsonFields: { token: params.has('set') }, secureJsonData: {} });
  (window as any).harness = { ...(window as any).harness, query, options };
  const runs = () => ((window as any).harness.runs = ((window as any).harness.runs ?? 0) + 1);
  const { ConfigEditor, QueryEditor } = plugin.components;
  if (show === 'config') {
    return <ConfigEditor options={options} onOptionsChange={setOptions} />;
  }
  const Shown = show === 'variable' ? source.variables.editor : QueryEditor;
  return <Shown datasource={source} query={query} onChange={setQuery} onRunQuery={runs} />;
}

async function main() {
  await new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = '/module.js';
    script.onload = done;
    script.onerror = fail;
    document.head.append(script);
  });
  const theme = data.createTheme({ colors: { mode: params.get('theme') === 'dark' ? 'dark' : 'light' } });
  const { plugin } = (window as any).loaded;
  const source = new plugin.DataSourceClass(settings);
  (window as any).harness = { plugin, source, asked, streams, rxjs, data };
  document.body.style.background = theme.colors.background.primary;
  createRoot(document.getElementById('root')!).render(
    <data.ThemeContext.Provider value={theme}>
      <ui.GlobalStyles />
      <ui.PortalContainer />
      <div style={{ padding: 16, maxWidth: params.get('show') === 'panels' ? 1500 : 900 }}>
        {params.get('show') === 'panels' ? <Panels theme={theme} dashboard={params.get('dashboard') ?? ''} /> : <Editor plugin={plugin} source={source} />}
      </div>
    </data.ThemeContext.Provider>
  );
}
main().catch((e) => {
  document.body.textContent = `harness: ${e.stack ?? e}`;
});
