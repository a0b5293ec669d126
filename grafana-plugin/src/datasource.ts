import {
  AdHocVariableFilter,
  CoreApp,
  CustomVariableSupport,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceInstanceSettings,
  FieldType,
  LiveChannelScope,
  MetricFindValue,
  ScopedVars,
} from '@grafana/data';
import { DataSourceWithBackend, getGrafanaLiveSrv, getTemplateSrv } from '@grafana/runtime';
import { from, map, merge, Observable } from 'rxjs';
import { VariableQueryEditor } from './components/VariableQueryEditor';
import { AgnerOptions, AgnerQuery, AgnerVariableQuery, Catalogue, defaultQuery, Item, lists, Tables } from './types';

/** The data source: queries go to the back end, live ones to Grafana's streams. */
export class AgnerDataSource extends DataSourceWithBackend<AgnerQuery, AgnerOptions> {
  private catalogues = new Map<string, Promise<unknown>>();

  constructor(settings: DataSourceInstanceSettings<AgnerOptions>) {
    super(settings);
    this.variables = new AgnerVariables(this);
    this.annotations = { getDefaultQuery: () => ({ kind: 'marks', marks: [] }) };
  }

  getDefaultQuery(_: CoreApp): Partial<AgnerQuery> {
    return defaultQuery;
  }

  /** A query that cannot give anything yet is not sent. */
  filterQuery(q: AgnerQuery): boolean {
    return !q.hide && !(q.kind === 'sql' && !q.sql?.trim()) && !(q.kind === 'report' && !q.report);
  }

  /** Variables become lists of values: the back end quotes them for SQL, in one place. */
  applyTemplateVariables(query: AgnerQuery, scoped: ScopedVars, filters?: AdHocVariableFilter[]): AgnerQuery {
    const out: AgnerQuery = { ...query };
    for (const name of lists) {
      out[name] = query[name]?.flatMap((text) => this.values(text, scoped));
    }
    for (const name of ['by', 'interval', 'within', 'short', 'credit', 'compare', 'part'] as const) {
      const text = query[name];
      out[name] = text === undefined ? undefined : getTemplateSrv().replace(text, scoped);
    }
    for (const f of filters ?? []) {
      const name = `${f.key}s` as (typeof lists)[number];
      if (lists.includes(name) && ['=', '=|'].includes(f.operator)) {
        out[name] = [...(out[name] ?? []), ...(f.values?.length ? f.values : [f.value])];
      }
    }
    if (query.kind === 'sql' && query.sql) {
      out.variables = {};
      for (const match of query.sql.matchAll(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g)) {
        const name = match[1] ?? match[2];
        if (!name.startsWith('__') && getTemplateSrv().containsTemplate(`$${name}`)) {
          out.variables[name] = this.values(`$${name}`, scoped);
        }
      }
    }
    return out;
  }

  /** The values that a text with a variable stands for; none for all of them. */
  private values(text: string, scoped: ScopedVars): string[] {
    let found: string[] | undefined;
    const plain = getTemplateSrv().replace(text, scoped, (value: string | string[]) => {
      found = Array.isArray(value) ? value : [value];
      return found.join(',');
    });
    if (found === undefined) {
      return plain === '' ? [] : [plain];
    }
    const variable = getTemplateSrv()
      .getVariables()
      .find((v) => text === `$${v.name}` || text === `\${${v.name}}`);
    const current = variable && 'current' in variable ? (variable.current as { value?: unknown }).value : undefined;
    const all = Array.isArray(current) ? current.includes('$__all') : current === '$__all';
    return all || found.includes('$__all') ? [] : found;
  }

  query(request: DataQueryRequest<AgnerQuery>): Observable<DataQueryResponse> {
    const live = request.targets.filter((q) => this.filterQuery(q) && q.kind === 'live' && q.stream);
    const streams = live.map((q) =>
      getGrafanaLiveSrv().getDataStream({
        addr: { scope: LiveChannelScope.DataSource, stream: this.uid, namespace: this.uid, path: `live/${q.live ?? 'queues'}` },
        key: `${request.requestId}.${q.refId}`,
        buffer: { maxLength: 2000, action: 'replace' as never },
      })
    );
    const asked = request.targets.filter((q) => !live.includes(q));
    if (asked.length > 0 || streams.length === 0) {
      streams.push(super.query({ ...request, targets: asked }));
    }
    return merge(...streams);
  }

  /** Catalogues are asked for once: editors open and close often. */
  private once<T>(path: string): Promise<T> {
    let known = this.catalogues.get(path);
    if (!known) {
      known = this.getResource(path);
      known.catch(() => this.catalogues.delete(path));
      this.catalogues.set(path, known);
    }
    return known as Promise<T>;
  }

  catalogue(): Promise<Catalogue> {
    return this.once('catalogue');
  }

  tables(): Promise<Tables> {
    return this.once('tables');
  }

  names(list: string): Promise<Item[]> {
    return this.getResource(list);
  }

  async getTagKeys(): Promise<MetricFindValue[]> {
    return lists.map((name) => ({ text: name.slice(0, -1), value: name.slice(0, -1) }));
  }

  async getTagValues({ key }: { key: string }): Promise<MetricFindValue[]> {
    return (await this.names(`${key}s`)).map(({ name }) => ({ text: name, value: name }));
  }
}

/** Variables: a list of names, or the first column of a query. */
export class AgnerVariables extends CustomVariableSupport<AgnerDataSource, AgnerVariableQuery, AgnerQuery, AgnerOptions> {
  editor = VariableQueryEditor;

  constructor(private source: AgnerDataSource) {
    super();
  }

  query(request: DataQueryRequest<AgnerVariableQuery>): Observable<DataQueryResponse> {
    const { list, sql } = request.targets[0] ?? {};
    if (!sql) {
      return from(this.source.names(list ?? 'queues')).pipe(
        map((items) => ({ data: items.map(({ name }) => ({ text: name, value: name })) }))
      );
    }
    const targets: AgnerQuery[] = [{ refId: 'variable', kind: 'sql', format: 'table', sql }];
    return this.source.query({ ...request, targets } as DataQueryRequest<AgnerQuery>).pipe(
      map(({ data, error }) => {
        const values = data[0]?.fields?.[0]?.values ?? [];
        const texts = Array.from(values as unknown[], (v) => String(v ?? '')).filter((v) => v !== '');
        return { error, data: [{ fields: [{ name: 'text', type: FieldType.string, config: {}, values: texts }], length: texts.length }] };
      })
    );
  }
}
