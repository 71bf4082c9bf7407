/** `npm run web`: the API in one or several processes; `npm run web -- --only gate`: only decisions, which need no database. */
import { pathToFileURL } from 'node:url'
import { readSettings } from '../config/settings.ts'
import { oneFormOfArguments } from '../lib/refuse-arguments.ts'
import { pagesOf, startMonitor } from '../monitor.ts'
import { runGateProcess, runProcess, runStarter } from '../process.ts'
import { joinPeers, type Peers } from './processes/peers.ts'
import { startWebProcesses } from './processes/start-processes.ts'
import { startGateWeb, startWeb } from './server.ts'

export { startWeb }

const ROLES = { '': 'web', '--only gate': 'gate' } as const

async function main(args: readonly string[]): Promise<void> {
  const role = ROLES[oneFormOfArguments('npm run web [-- --only gate]', ['', '--only gate'])]
  const peers = joinPeers()
  const count = peers ? 1 : processCount()
  if (count === 1) await serve(role, peers)
  else
    await runStarter(role, async ({ settings, log }, shutdown) => {
      const processes = await startWebProcesses({ count, args, log })
      shutdown.add('web processes', processes.stop)
      const monitor = await startMonitor({ settings, log }, processes.page)
      if (monitor) shutdown.add('monitor', monitor.stop)
    })
}

/** 1 where the settings are bad: the start that follows reports what is wrong. */
function processCount(): number {
  try {
    return readSettings().env.WEB_CONCURRENCY
  } catch {
    return 1
  }
}

async function serve(role: 'web' | 'gate', peers?: Peers): Promise<void> {
  if (role === 'web')
    await runProcess(role, async (ctx, shutdown) => {
      const web = await startWeb({ ...ctx, ...(peers && { peers }) })
      shutdown.add('web', web.stop)
      peers?.onPage(pagesOf(ctx, () => peers))
    })
  else
    await runGateProcess(role, async (ctx, shutdown) => {
      const web = await startGateWeb({ ...ctx, ...(peers && { peers }) })
      shutdown.add('web', web.stop)
      peers?.onPage(pagesOf(ctx, () => peers))
    })
  peers?.ready()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
