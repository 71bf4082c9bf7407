/** The messages between the web processes of one port and the process that started them. */
import type { ProcessCount } from '../../commands/monitor/check-health.ts'
import type { ProcessReport } from '../../commands/monitor/measure.ts'
import type { MonitorPage } from '../../monitor.ts'

/** From a web process. `id` numbers its own requests; an answer repeats the one that it was requested with. */
export type ToPrimary =
  | { kind: 'ready' }
  | { kind: 'count'; id: number }
  | { kind: 'collect'; id: number; report: ProcessReport }
  | { kind: 'report'; id: number; report: ProcessReport }
  | { kind: 'page'; id: number; page: MonitorPage }

/** To a web process: a request for its report, or for a page about all of them; or the answer to its own request. */
export type ToMember =
  | { kind: 'report'; id: number }
  | { kind: 'page'; id: number; path: string }
  | { kind: 'answer'; id: number; count: ProcessCount; reports: ProcessReport[] }
