import { DataSourceJsonData } from '@grafana/data';
import { DataQuery } from '@grafana/schema';

/** Kinds of queries, as the back end reads them. */
export type Kind = 'metric' | 'report' | 'live' | 'sql' | 'marks';

/** What a panel asks; pkg/plugin/query.go has the other side. */
export interface AgnerQuery extends DataQuery {
  kind?: Kind;
  figures?: string[];
  queues?: string[];
  sites?: string[];
  groups?: string[];
  teams?: string[];
  agents?: string[];
  by?: string;
  interval?: string;
  within?: string;
  short?: string;
  credit?: string;
  compare?: string;
  format?: 'series' | 'table';
  report?: string;
  part?: string;
  live?: 'queues' | 'agents' | 'totals';
  stream?: boolean;
  sql?: string;
  marks?: string[];
  variables?: Record<string, string[]>;
}

/** What a dashboard's variable asks: a list of names, or the first column of a query. */
export interface AgnerVariableQuery extends DataQuery {
  list?: string;
  sql?: string;
}

export interface AgnerOptions extends DataSourceJsonData {
  maxRows?: number;
  pagesURL?: string;
}

export interface AgnerSecrets {
  token?: string;
}

/** The answer of resource "catalogue". */
export interface Catalogue {
  figures: Array<{ name: string; title: string; unit: string; formula: string; text: string }>;
  by: string[];
  intervals: string[];
}

/** The answer of resource "tables". */
export interface Tables {
  tables: Array<{ name: string; text: string; columns: Array<{ name: string; type: string }> }>;
}

/** One name of resources "queues", "sites" … */
export interface Item {
  id: string;
  name: string;
}

export const lists = ['queues', 'sites', 'groups', 'teams', 'agents'] as const;
export const reports = ['service-level', 'heatmap', 'abandonment', 'ivr', 'agents', 'distribution', 'kpi', 'adherence'];
export const parts = ['', 'survival', 'hazard', 'histogram', 'within', 'by_met', 'by_queue', 'by_priority', 'by_position', 'by_hour', 'by_attempt'];
export const markKinds = ['outage', 'gap', 'schedule', 'forecast', 'setup'];

export const defaultSQL = `SELECT $__timeGroup(joined_at, $__interval) AS time, queue, count(*) AS offered
FROM visits
WHERE $__timeFilter(joined_at)
GROUP BY 1, 2
ORDER BY 1`;

export const defaultQuery: Partial<AgnerQuery> = { kind: 'metric', figures: ['sl'], by: 'queue', interval: 'auto', format: 'series' };
