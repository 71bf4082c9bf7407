/** Makes a Grafana dashboard from a table of panels, with the builders that Grafana derives from its schema. */
import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import {
  AdHocVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** `queries`: legend -> expression; `{{label}}` in a legend stands for the value of a label. */
export type Panel = {
  title: string
  description: string
  kind: 'stat' | 'series'
  unit: 'short' | 's' | 'percentunit' | 'reqps' | 'cps' | 'bytes'
  queries: Readonly<Record<string, string>>
}

/** `uid` never changes, so that importing a newer version replaces the older one. */
export type Board = { uid: string; title: string; description: string; panels: readonly Panel[] }

/** The variable with which the reader selects the data source. */
const SOURCE = { type: 'prometheus', uid: '${' + 'datasource}' }
const LAST = new ReduceDataOptionsBuilder().calcs(['lastNotNull'])
/** `span` is in columns of Grafana's grid, which has 24, and `height` in its rows. */
const SIZES = { stat: { span: 6, height: 4 }, series: { span: 12, height: 8 } }

/** The dashboard as Grafana imports it. */
export function makeDashboard({ uid, title, description, panels }: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['freshwave'])
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(installation())
  for (const panel of panels) builder.withPanel(makePanel(panel))
  return builder.build()
}

/** Labels that the reader selects, such as `namespace`, are added to every query: several installations may share a Prometheus. */
function installation(): AdHocVariableBuilder {
  return new AdHocVariableBuilder('installation').label('Installation').datasource(SOURCE)
}

function makePanel({ title, description, kind, unit, queries }: Panel): StatBuilder | TimeseriesBuilder {
  const builder = kind === 'stat' ? new StatBuilder().reduceOptions(LAST) : new TimeseriesBuilder().min(0)
  const { span, height } = SIZES[kind]
  builder.title(title).description(description).unit(unit).datasource(SOURCE).span(span).height(height)
  for (const [index, [legend, expr]] of Object.entries(queries).entries())
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode('A'.charCodeAt(0) + index))
        .datasource(SOURCE)
        .expr(expr)
        .legendFormat(legend),
    )
  return builder
}
