// Panels of one dashboard drawn with Grafana's own components from the frames that the host test recorded: what each panel
// really gets. Grafana's panel plugins are not on npm; the components that they are made of are.
import { applyFieldOverrides, createTheme, DataFrame, dataFrameFromJSON, dateTime, FieldColorModeId, FieldType, GrafanaTheme2, reduceField, ReducerID } from '@grafana/data';
import { BigValue, BigValueColorMode, BigValueGraphMode, LegendDisplayMode, Table, TimeSeries } from '@grafana/ui';
import React, { useEffect, useState } from 'react';

interface Recorded {
  dashboard: string;
  title: string;
  type: string;
  unit: string;
  noValue: string;
  frames: any[];
}

export function Panels({ theme, dashboard }: { theme: GrafanaTheme2; dashboard: string }) {
  const [panels, setPanels] = useState<Recorded[]>();
  useEffect(() => {
    fetch('/frames.json').then((r) => r.json()).then((all: Recorded[]) => setPanels(all.filter((p) => p.dashboard === dashboard)));
  }, [dashboard]);
  useEffect(() => {
    if (panels) {
      (window as any).drawn = panels.length;
    }
  }, [panels]);
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12 }}>
      {panels?.map((p, i) => (
        <div key={i} data-testid="panel" style={{ width: 470, height: 300, border: `1px solid ${theme.colors.border.weak}`, padding: 8, overflow: 'hidden', color: theme.colors.text.primary }}>
          <div style={{ fontWeight: 500, marginBottom: 4 }}>{p.title}</div>
          <Panel panel={p} theme={theme} />
        </div>
      ))}
    </div>
  );
}

function prepared(p: Recorded, theme: ReturnType<typeof createTheme>): DataFrame[] {
  const frames = p.frames.map((f) => dataFrameFromJSON(f));
  frames.flatMap((f) => f.fields.slice(1)).forEach((f, i) => {
    // What Grafana's registry of field settings does with a panel's defaults; a field's own come first.
    f.config = { color: { mode: FieldColorModeId.PaletteClassic }, noValue: p.noValue, ...(f.type === FieldType.number ? { unit: p.unit } : {}), ...f.config };
    f.state = { ...f.state, seriesIndex: i };
  });
  return applyFieldOverrides({
    data: frames,
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: 'browser',
  });
}

function Panel({ panel, theme }: { panel: Recorded; theme: GrafanaTheme2 }) {
  const frames = prepared(panel, theme);
  const rows = frames.reduce((n, f) => n + f.length, 0);
  if (rows === 0) {
    return <div data-testid="empty">{panel.noValue}</div>;
  }
  if (panel.type === 'stat' || panel.type === 'gauge') {
    return (
      <div style={{ display: 'flex', gap: 8 }}>
        {frames.flatMap((f) => f.fields).filter((f) => f.type === FieldType.number).slice(0, 3).map((f, i) => {
          const value = reduceField({ field: f, reducers: [ReducerID.lastNotNull] })[ReducerID.lastNotNull];
          return <BigValue key={i} theme={theme} width={145} height={120} colorMode={BigValueColorMode.Value} graphMode={BigValueGraphMode.None} value={{ ...f.display!(value), title: f.name }} />;
        })}
      </div>
    );
  }
  const timed = frames.filter((f) => f.length > 1 && f.fields[0]?.type === FieldType.time && f.fields.some((x) => x.type === FieldType.number));
  if (panel.type === 'timeseries' && timed.length > 0) {
    const times = timed.flatMap((f) => [f.fields[0].values[0], f.fields[0].values[f.length - 1]]);
    const [from, to] = [dateTime(Math.min(...times)), dateTime(Math.max(...times))];
    return (
      <TimeSeries frames={timed.slice(0, 8)} width={450} height={250} timeZone="browser" timeRange={{ from, to, raw: { from, to } }}
        legend={{ displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] } as never} />
    );
  }
  return <Table data={frames[0]} width={450} height={255} />;
}
