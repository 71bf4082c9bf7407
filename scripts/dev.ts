/** `npm run dev`: the lab, and the service, which restarts whenever one of its source files changes. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startBus } from '../lab/bus/start.ts'
import { labPorts } from '../lab/ports.ts'
import { connectionSettings, declareQueues } from '../lab/settings.ts'
import { startLab } from '../lab/start.ts'
import { messageOf } from '../src/lib/errors.ts'
import { launch } from '../src/lib/launch.ts'
import { refuseArguments } from '../src/lib/refuse-arguments.ts'

const BUILD_MS = 5000
/** Removed at the start: the lab forgets its builds and tasks when it ends, so events of an earlier run would hang. */
const FOLDER = join('.freshwave', 'dev')

refuseArguments('npm run dev')
await run().catch((error: unknown) => {
  console.error(`LAB_PORT: ${messageOf(error)}`) // only listening on the ports can fail
  process.exit(1)
})

async function run(): Promise<void> {
  const ports = labPorts()
  const bus = await startBus({ port: ports.bus })
  declareQueues(bus)
  const lab = await startLab({
    ports: ports.first,
    publish: bus.publish,
    log: (line) => console.log(`lab: ${line}`),
    composeMs: 2000,
    builder: { parallelism: 6, durationMs: () => BUILD_MS },
  })
  console.log(`lab: ship an advisory with curl -X POST ${lab.controlUrl}/lab/advisories/133001/ship`)
  rmSync(FOLDER, { recursive: true, force: true })
  const code = await serve({ DATA_DIR: FOLDER, ...connectionSettings(lab.urls, bus.url), ...process.env })
  await lab.stop()
  await bus.stop()
  process.exit(code)
}

/** Returns the exit code of the service once a signal has ended it; after a failed start it waits for the next change. */
async function serve(env: NodeJS.ProcessEnv): Promise<number> {
  // Through scripts/run.mjs, because Node's watcher itself loads no module that could end it with its launcher.
  const args = ['scripts/run.mjs', '--watch', '--watch-preserve-output', 'src/main.ts']
  const service = launch(args, { env, output: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => service.kill(signal))
  const [code] = (await once(service, 'exit')) as [number | null] // its first argument, null after a signal
  return code ?? 1
}
