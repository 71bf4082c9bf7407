/** A web process among others on the same port: it reports what it has measured, and collects what the others have. */
import cluster from 'node:cluster'
import type { ProcessReport } from '../../commands/monitor/measure.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import type { FindPage, OtherProcesses } from '../../monitor.ts'
import { describeCount, type ToMember, type ToPrimary } from './messages.ts'

/**
 * The other web processes, by way of the process that started them: `collect` has the reports of those that answer in time, and both
 * reject when the starting process does not answer.
 */
export type Peers = OtherProcesses & {
  /** Says that this process takes requests. */
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
  const waiting = new Map<number, (answer: Answer) => void>()
  let lastId = 0
  let report: (() => Promise<ProcessReport>) | undefined
  let find: FindPage | undefined

  process.on('message', (message: ToMember) => {
    const { kind, id } = message
    if (kind === 'answer') waiting.get(id)?.(message)
    else if (kind === 'page') void find?.(message.path).then((page) => send({ kind, id, page }))
    else void report?.().then((own) => send({ kind, id, report: own }))
  })

  async function request(kind: 'count' | 'collect'): Promise<Answer> {
    const id = ++lastId
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    send({ kind, id })
    try {
      return await withinTime(answered, PATIENCE_MS)
    } finally {
      waiting.delete(id)
    }
  }

  return {
    ready: () => send({ kind: 'ready' }),
    onReport: (own) => {
      report = own
    },
    onPage: (own) => {
      find = own
    },
    collect: async () => (await request('collect')).reports,
    describe: async () => describeCount((await request('count')).count),
  }
}

/** The channel is closed once the starting process has ended, and this one ends with it. */
function send(message: ToPrimary): void {
  if (process.connected) process.send?.(message)
}
