/** Starts several web processes that share one port, replaces those that end, and passes messages between them. */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describeCount, type ProcessCount } from '../../commands/monitor/check-health.ts'
import type { ProcessReport } from '../../commands/monitor/measure.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type FindPage, type MonitorPage, type OtherProcesses, unavailable } from '../../monitor.ts'
import { createLastReports } from './last-reports.ts'
import type { ToMember, ToPrimary } from './messages.ts'
import { createRequests, type Requests, sendMessage } from './requests.ts'

/**
 * `stop` shuts all of them down cleanly; it resolves when the last one has ended. `page` is a page about all of them from one that is ready, with status
 * 503 when none answers.
 */
export type WebProcesses = OtherProcesses & { page: FindPage; stop(): Promise<void> }

/**
 * `count` processes with the arguments `args`; those that end immediately are started again after a pause that grows. `signal` ends the
 * start, and what was started.
 */
export type ProcessOptions = {
  count: number
  args: readonly string[]
  log: Logger
  pauseMs?: number
  signal?: AbortSignal
}

const PROGRAM = fileURLToPath(new URL('../main.ts', import.meta.url))
/** A process that ends within this time after its start counts as one that ended immediately. */
const SETTLED_MS = 10_000
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 30_000
const REPORT_PATIENCE_MS = 1500
/** Longer than a page waits for the stores and for the reports of the others. */
const PAGE_PATIENCE_MS = 4000

type Member = {
  worker: Worker
  isReady: boolean
  startedAt: number
  reports: Requests<ProcessReport>
  pages: Requests<MonitorPage>
}

/**
 * Returns when all take requests. The first one starts alone: what is wrong with the settings is reported once, and then this
 * process ends with the same exit code.
 */
export async function startWebProcesses({
  count,
  args,
  log,
  pauseMs = FIRST_PAUSE_MS,
  signal,
}: ProcessOptions): Promise<WebProcesses> {
  const limits = process.execArgv.filter((option) => option.startsWith('--max-')) // of memory (decision 0068)
  cluster.setupPrimary({ exec: PROGRAM, args: [...args], execArgv: limits })
  const members = new Set<Member>()
  const pauses = new Set<NodeJS.Timeout>()
  const last = createLastReports<Member>()
  /** Processes in a row that ended immediately after their start. */
  let endedAtOnce = 0
  let isComplete = false
  let missingSince: Date | undefined
  let isStopping = false
  /** Skips processes that are still starting: the signal would end them, and they read the policies anyway. */
  const reload = () => {
    for (const { worker, isReady } of members) if (isReady) worker.process.kill('SIGHUP')
  }

  function start(): Member {
    const member: Member = {
      worker: cluster.fork(),
      isReady: false,
      startedAt: performance.now(),
      reports: createRequests(),
      pages: createRequests(),
    }
    members.add(member)
    member.worker.on('message', (message: ToPrimary) => void answer(member, message))
    // Also an error of Node about a process that runs, which ends for itself.
    member.worker.on('error', (error) => {
      if (member.worker.process.pid === undefined) end(member, () => failed(error))
    })
    member.worker.once('exit', (code, signal) => end(member, () => replace(member, { code, signal })))
    return member
  }

  function end(member: Member, replaceIt: () => void): void {
    members.delete(member)
    last.end(member)
    if ((!member.isReady && !isComplete) || isStopping) return
    missingSince ??= new Date()
    replaceIt()
  }

  function replace({ worker, startedAt }: Member, how: { code: number; signal: string }): void {
    endedAtOnce = performance.now() - startedAt < SETTLED_MS ? endedAtOnce + 1 : 0
    const againInMs = startLater()
    log.warn({ webPid: worker.process.pid, ...how, againInMs }, 'web process ended')
  }

  /** The operating system lacked memory, files or room for processes, which may pass. */
  function failed(error: unknown): void {
    endedAtOnce += 1
    const againInMs = startLater()
    log.error({ reason: messageOf(error), againInMs }, 'could not start web process, will retry')
  }

  function startLater(): number {
    const pause = endedAtOnce === 0 ? 0 : Math.min(pauseMs * 2 ** (endedAtOnce - 1), MAX_PAUSE_MS)
    const timer = setTimeout(() => {
      pauses.delete(timer)
      try {
        start()
      } catch (error) {
        failed(error) // Node throws some of these errors at once
      }
    }, pause)
    pauses.add(timer)
    return pause
  }

  async function answer(member: Member, message: ToPrimary): Promise<void> {
    if (message.kind === 'ready') becomeReady(member)
    else if (message.kind === 'report') member.reports.settle(message.id, message.report)
    else if (message.kind === 'page') member.pages.settle(message.id, message.page)
    else if (message.kind === 'count') await reply(member, message.id, [])
    else {
      setReport(member, message.report)
      await reply(member, message.id, await reportsOf(ready().filter((other) => other !== member)))
    }
  }

  function becomeReady(member: Member): void {
    member.isReady = true
    if (ready().length === count) missingSince = undefined
  }

  async function reply(member: Member, id: number, reports: ProcessReport[]): Promise<void> {
    await send(member, { kind: 'answer', id, count: counted(), reports }).catch(() => undefined) // it has ended meanwhile
  }

  const ready = () => [...members].filter(({ isReady }) => isReady)
  const counted = (): ProcessCount => ({
    wanted: count,
    ready: ready().length,
    missingSince: missingSince?.toISOString() ?? null,
  })

  function setReport(member: Member, report: ProcessReport): void {
    if (members.has(member)) last.set(member, report)
  }

  /** The reports of these processes; for one that does not answer in time, the last one it has sent. */
  async function reportsOf(some: readonly Member[]): Promise<ProcessReport[]> {
    await Promise.all(some.map(requestReport))
    return last.of(some)
  }

  async function requestReport(member: Member): Promise<void> {
    try {
      const sendRequest = (id: number) => send(member, { kind: 'report', id })
      setReport(member, await member.reports.request(sendRequest, REPORT_PATIENCE_MS))
    } catch {
      log.warn({ webPid: member.worker.process.pid }, 'web process did not report its metrics')
    }
  }

  async function pageOf(path: string): Promise<MonitorPage> {
    for (const member of ready()) {
      try {
        const sendRequest = (id: number) => send(member, { kind: 'page', id, path })
        return await member.pages.request(sendRequest, PAGE_PATIENCE_MS)
      } catch {
        log.warn({ webPid: member.worker.process.pid, path }, 'web process did not answer the monitor')
      }
    }
    return unavailable(`${describeCount(counted())}, and none of them answers`)
  }

  const stop = async () => {
    isStopping = true
    process.off('SIGHUP', reload)
    for (const timer of pauses) clearTimeout(timer)
    const ended = [...members].map(({ worker }) => once(worker, 'exit'))
    for (const { worker } of members) worker.process.kill('SIGTERM')
    await Promise.all(ended)
  }

  process.on('SIGHUP', reload)
  signal?.addEventListener('abort', () => {
    if (!isComplete) void stop().catch(() => undefined) // the start fails then
  })
  try {
    await untilReady(start())
    signal?.throwIfAborted()
    await Promise.all(Array.from({ length: count - 1 }, () => untilReady(start())))
  } catch (error) {
    if (signal?.aborted) await stop()
    throw error
  }
  isComplete = true
  log.info({ processes: count }, 'web processes started')
  return {
    collect: () => reportsOf(ready()),
    count: async () => counted(),
    page: pageOf,
    stop,
  }
}

function send({ worker }: Member, message: ToMember): Promise<void> {
  return sendMessage(worker.process, message)
}

/**
 * Ends this process when the web process ends first with an exit code: it has reported the reason. @throws Error when a signal has
 * ended it, and when it could not be started
 */
function untilReady({ worker }: Member): Promise<void> {
  return new Promise((resolve, reject) => {
    const onEnd = (code: number | null) => {
      if (code) process.exit(code)
      reject(new Error('A web process was ended while it was starting.')) // by the signal that also ends this one, or killed
    }
    worker.once('exit', onEnd)
    worker.once('error', reject)
    worker.on('message', ({ kind }: ToPrimary) => {
      if (kind !== 'ready') return
      worker.off('exit', onEnd)
      worker.off('error', reject)
      resolve()
    })
  })
}
