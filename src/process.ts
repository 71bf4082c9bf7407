/** Runs a program of this service: reads settings, opens the context, ends in order, reports errors clearly. */
import cluster from 'node:cluster'
import { flushCompileCache } from 'node:module'
import { unusedAccounts } from './config/auth.ts'
import { readWithIgnored, type Settings } from './config/settings.ts'
import { type Context, createContext, createGateContext, type GateContext } from './context.ts'
import { missingServices } from './handlers/index.ts'
import { BadSettings, messageOf } from './lib/errors.ts'
import { logLibraryWarnings } from './lib/library-warnings.ts'
import { createLog, type Logger } from './lib/log.ts'
import { createShutdown, type Shutdown } from './lib/shutdown.ts'
import { startTracing } from './lib/tracing/start.ts'
import { readAbout } from './lib/version.ts'
import { type OtherProcesses, pagesOf, startMonitor } from './monitor.ts'

/** The programs that serve the API and so need a second port, besides that of the metrics. */
const SERVING = new Set(['freshwave', 'web', 'gate'])

/** What a program does with its context; what it registers with `shutdown` stops before the context closes. */
type Start<C> = (ctx: C, shutdown: Shutdown) => Promise<void>
/** The same in a process with a monitor; `answerFor` makes that include web processes which the program has started. */
type MonitoredStart<C> = (
  ctx: C,
  shutdown: Shutdown,
  answerFor: (others: OtherProcesses) => void,
) => Promise<void>

/**
 * Runs `start` with a fresh context. Bad settings: every problem on standard error, exit code 2. Any other failure
 * to start: its message, exit code 1. A signal during the start ends it immediately; workers that are starting are stopped as soon as
 * they are up.
 */
export function runProcess(name: string, start: MonitoredStart<Context>): Promise<void> {
  return run(name, createContext, async (ctx, shutdown) => {
    const { settings } = ctx
    for (const warning of [...missingServices(settings.env), ...unusedAccounts(settings)])
      ctx.log.warn(warning)
    const answerFor = await addMonitor(name, ctx, shutdown)
    if (!shutdown.hasBegun()) await start(ctx, shutdown, answerFor)
  })
}

/** The same without database and queues. */
export function runGateProcess(name: string, start: MonitoredStart<GateContext>): Promise<void> {
  return run(name, createGateContext, async (ctx, shutdown) => {
    await start(ctx, shutdown, await addMonitor(name, ctx, shutdown))
  })
}

/** Adds a monitor, except to one of several web processes: they would share its port, so the process that started them has it. */
async function addMonitor(
  name: string,
  ctx: GateContext,
  shutdown: Shutdown,
): Promise<(others: OtherProcesses) => void> {
  ctx.metrics.process(name, readAbout().version)
  let others: OtherProcesses | undefined
  const monitor = cluster.isWorker
    ? undefined
    : await startMonitor(
        ctx,
        pagesOf(ctx, () => others),
      )
  if (monitor) shutdown.add('monitor', monitor.stop)
  return (started) => {
    others = started
  }
}

/** What a program needs that only starts and watches other processes. */
type StarterContext = {
  settings: Settings
  log: Logger
  policies: { reload(): unknown }
  close(): Promise<void>
}

/** The same for a program that does its work in other processes, which read settings and policies themselves. */
export function runStarter(name: string, start: Start<StarterContext>): Promise<void> {
  const nothing = async () => undefined
  const open = async (settings: Settings, log: Logger) => ({
    settings,
    log,
    policies: { reload: nothing },
    close: nothing,
  })
  return run(name, open, start)
}

/** Once for all web processes of a program, which have the same settings. */
function logIgnored(log: Logger, read: ReturnType<typeof readWithIgnored>): void {
  if (!cluster.isPrimary) return
  const { path, ignored, ignoredVariables, misspelled } = read
  for (const option of ignored) log.warn({ file: path, ...option }, 'option ignored')
  for (const variable of ignoredVariables) log.warn(variable, 'environment variable ignored')
  for (const variable of misspelled) log.warn(variable, 'unknown environment variable')
}

async function run<C extends StarterContext>(
  name: string,
  open: (settings: Settings, log: Logger) => Promise<C>,
  start: Start<C>,
): Promise<void> {
  let shutdown: Shutdown | undefined
  try {
    let reload: () => void = () => undefined // nothing to do before the policies have been read
    process.on('SIGHUP', () => reload())
    const read = readWithIgnored({}, { servesApi: SERVING.has(name) })
    const { settings } = read
    const log = createLog(settings.env.LOG_LEVEL)
    logLibraryWarnings(log)
    logIgnored(log, read)
    shutdown = createShutdown(log, settings.file.shutdown_grace_s * 1000)
    shutdown.add('traces', (await startTracing(settings.env, name, log)).stop)
    const ctx = await open(settings, log)
    reload = () => void ctx.policies.reload()
    shutdown.add('context', ctx.close)
    await start(ctx, shutdown)
    if (shutdown.hasBegun()) return
    // One of several web processes: the program is ready when all of them are.
    log.info({ process: name }, cluster.isWorker ? 'web process ready' : 'ready')
    flushCompileCache() // a process that is killed would keep nothing for its next start
  } catch (error) {
    if (shutdown?.hasBegun()) return
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(error instanceof BadSettings ? 2 : 1)
  }
}
