/** The kinds of trouble, caused by a service or by our account there: the second axis of the table of troubles. */
import type { FaultRule } from '../../../lab/fault-rule.ts'
import type { Trouble } from '../../../src/lib/errors.ts'
import type { Column, Gate } from './stages.ts'

/** One kind; `stopped`: the process of the service has ended and its port refuses connections. */
export type Kind = {
  name: string
  blame: Trouble['blame']
  fault: Pick<FaultRule, 'kind' | 'status' | 'code' | 'text'>
  stopped?: true
  /** A page with a status that file servers send regularly. */
  page?: true
  hubOnly?: true
}

/** All kinds. */
export const KINDS: readonly Kind[] = [
  { name: 'connections that are refused', blame: 'service', fault: { kind: 'reset' }, stopped: true },
  { name: 'connections that break', blame: 'service', fault: { kind: 'reset' } },
  { name: 'no answer', blame: 'service', fault: { kind: 'hang' } },
  { name: '503', blame: 'service', fault: { kind: 'status', status: 503 } },
  {
    name: 'the page of a proxy that does not find it (404)',
    blame: 'service',
    fault: { kind: 'status', status: 404, text: '<html><body><h1>404 Not Found</h1></body></html>' },
    page: true,
  },
  { name: 'a refused login (401)', blame: 'account', fault: { kind: 'status', status: 401 } },
  { name: 'half an answer', blame: 'service', fault: { kind: 'half' } },
  { name: 'garbage', blame: 'service', fault: { kind: 'garbage' } },
  { name: 'empty answers', blame: 'service', fault: { kind: 'empty' } },
  { name: 'maintenance (1014)', blame: 'service', fault: { kind: 'fault', code: 1014 }, hubOnly: true },
  {
    name: 'an error of the hub in every call of a request (1)',
    blame: 'service',
    fault: { kind: 'call-fault', code: 1 },
    hubOnly: true,
  },
]

const OF_FILES: ReadonlySet<Column> = new Set(['files', 'distgit', 'flatpak-index'])

/** Why a kind cannot be shown in a cell; undefined when it can. */
export function whyNot(kind: Kind, column: Column, gate: Gate): string | undefined {
  if (kind.hubOnly && column !== 'koji') return 'only the hub answers with faults'
  if (kind.page && OF_FILES.has(column)) return 'a file server sends the same answer for a missing file'
  if (kind.stopped && gate.only) return 'a stopped process refuses all requests, not only those of one stage'
  return undefined
}
