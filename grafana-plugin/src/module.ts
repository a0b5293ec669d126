import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { AgnerDataSource } from './datasource';
import { AgnerOptions, AgnerQuery, AgnerSecrets } from './types';

export const plugin = new DataSourcePlugin<AgnerDataSource, AgnerQuery, AgnerOptions, AgnerSecrets>(AgnerDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
