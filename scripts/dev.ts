/** `npm run dev`: the lab, and beside it the service, which restarts whenever one of its source files changes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startBus } from '../lab/bus/start.ts'
import { connectionSettings } from '../lab/settings.ts'
import { startLab } from '../lab/start.ts'

const LAB_PORT = 9000
const BUS_PORT = 9010
const BUILD_MS = 5000

const bus = await startBus({ port: BUS_PORT })
const lab = await startLab({
  ports: LAB_PORT,
  publish: bus.publish,
  log: (line) => console.log(`lab: ${line}`),
  composeMs: 2000,
  builder: { parallelism: 6, durationMs: () => BUILD_MS },
})
console.log(`lab: ship an advisory with curl -X POST ${lab.controlUrl}/lab/advisories/133001/ship`)

const env = { ...connectionSettings(lab.urls, bus.url), ...process.env }
const service = spawn(process.execPath, ['--watch', '--watch-preserve-output', 'src/main.ts'], {
  env,
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => service.kill(signal))
const [code] = (await once(service, 'exit')) as [number | null]
await lab.stop()
await bus.stop()
process.exit(code ?? 0)
