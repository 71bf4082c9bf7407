/** Reads which metrics and labels an expression of PromQL uses. */
import { parser } from '@prometheus-io/lezer-promql'
import type { Series } from '../../../scripts/metrics-table.ts'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** Labels that Prometheus and its operator add, and series that it stores itself. */
const ADDED_LABELS = ['instance', 'job', 'namespace', '__name__']
const ADDED: readonly Series[] = [
  { name: 'up', labels: new Set() },
  { name: 'ALERTS', labels: new Set(['alertname', 'alertstate', 'severity']) },
]

/** The unknown names in an expression: metrics, `metric{label}`, labels of groupings. @throws Error when it is not valid */
export function unknownIn(expression: string, series: ReadonlyMap<string, Series>): string[] {
  const known = new Map([...series, ...ADDED.map((added) => [added.name, added] as const)])
  const text = ({ from, to }: SyntaxNode) => expression.slice(from, to)
  const used = new Set<string>(ADDED_LABELS)
  const groupings: string[] = []
  const unknown: string[] = []
  const cursor = parser.parse(expression).cursor()
  do {
    const { node } = cursor
    if (node.type.isError) throw new Error(`not valid PromQL: ${expression}`)
    if (node.name === 'GroupingLabels') groupings.push(...node.getChildren('LabelName').map(text))
    if (node.name !== 'VectorSelector') continue
    const identifier = node.getChild('Identifier')
    const name = identifier ? text(identifier) : ''
    const labels = known.get(name)?.labels
    if (!labels) unknown.push(name)
    for (const label of labels ?? []) used.add(label)
    for (const label of labelsOf(node).map(text))
      if (labels && !labels.has(label) && !ADDED_LABELS.includes(label)) unknown.push(`${name}{${label}}`)
  } while (cursor.next())
  return [...groupings.filter((label) => !used.has(label)), ...unknown]
}

function labelsOf(selector: SyntaxNode): SyntaxNode[] {
  const matchers = selector.getChild('LabelMatchers')
  return (matchers?.getChildren('UnquotedLabelMatcher') ?? []).flatMap((matcher) =>
    matcher.getChildren('LabelName'),
  )
}
