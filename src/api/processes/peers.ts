/** A web process among others on the same port: it reports what it has measured, and collects what the others have. */
import cluster from 'node:cluster'
import type { ProcessReport } from '../../commands/monitor/measure.ts'
import type { FindPage, OtherProcesses } from '../../monitor.ts'
import type { ToMember, ToPrimary } from './messages.ts'
import { createRequests, sendMessage } from './requests.ts'

/**
 * The other web processes, reached through the process that started them: `collect` returns their reports, the last ones of those
 * that do not answer in time or have ended.
 * `collect` and `count` reject when the starting process does not answer.
 */
export type Peers = OtherProcesses & {
  /** Notifies the starting process that this one takes requests. */
  ready(): void
  /** Sets what this process reports when another one collects. */
  onReport(report: () => Promise<ProcessReport>): void
  /** Sets how this process answers the monitor of the starting process. */
  onPage(find: FindPage): void
}

type Answer = Extract<ToMember, { kind: 'answer' }>

const PATIENCE_MS = 2000

/** Undefined in a process that was not started as one of several. */
export function joinPeers(): Peers | undefined {
  if (!cluster.isWorker) return undefined
  const requests = createRequests<Answer>()
  let report: (() => Promise<ProcessReport>) | undefined
  let find: FindPage | undefined

  process.on('message', (message: ToMember) => {
    const { kind, id } = message
    if (kind === 'answer') requests.settle(id, message)
    else if (kind === 'page') void find?.(message.path).then((page) => answer({ kind, id, page }))
    else void report?.().then((measured) => answer({ kind, id, report: measured }))
  })

  const request = (sendRequest: (id: number) => Promise<void>) => requests.request(sendRequest, PATIENCE_MS)

  return {
    ready: () => answer({ kind: 'ready' }),
    onReport: (measure) => {
      report = measure
    },
    onPage: (findPage) => {
      find = findPage
    },
    collect: async (own) => (await request((id) => send({ kind: 'collect', id, report: own }))).reports,
    count: async () => (await request((id) => send({ kind: 'count', id }))).count,
  }
}

function send(message: ToPrimary): Promise<void> {
  return sendMessage(process, message)
}

/** For what has no answer: it is lost once the starting process has ended, and this one ends with it. */
function answer(message: ToPrimary): void {
  send(message).catch(() => undefined)
}
