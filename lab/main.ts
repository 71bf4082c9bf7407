/** `npm run lab`: the lab on fixed ports, with a bus, for manual experiments. */
import { messageOf } from '../src/lib/errors.ts'
import { refuseArguments } from '../src/lib/refuse-arguments.ts'
import { startBus } from './bus/start.ts'
import { labPorts } from './ports.ts'
import { connectionSettings } from './settings.ts'
import { type Lab, startLab } from './start.ts'
import { untilSignal } from './until-signal.ts'

const BUILD_SECONDS = { shortest: 3, longest: 10 }

async function main(): Promise<void> {
  refuseArguments('npm run lab')
  const ports = labPorts()
  const bus = await startBus({ port: ports.bus })
  const lab = await startLab({
    ports: ports.first,
    publish: bus.publish,
    log: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
    composeMs: 2000,
    builder: { parallelism: 6, durationMs: buildDuration },
  })
  console.log(howTo(lab, bus.url))
  await untilSignal()
  await lab.stop()
  await bus.stop()
}

/** The same image always takes the same time. */
function buildDuration(name: string): number {
  const spread = BUILD_SECONDS.longest - BUILD_SECONDS.shortest
  const sum = [...name].reduce((total, char) => total + char.charCodeAt(0), 0)
  return 1000 * (BUILD_SECONDS.shortest + (sum % (spread + 1)))
}

/** The environment to start the service with, and the commands to try. */
function howTo(lab: Lab, busUrl: string): string {
  const settings = connectionSettings(lab.urls, busUrl)
  const exports = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`)
  return [
    'The lab is running. Start the service with:',
    '',
    ...exports,
    '',
    'Ship the critical advisory (133002 is not allowed by the default policy, 133003 affects no image):',
    `  curl -X POST ${lab.controlUrl}/lab/advisories/133001/ship`,
    'Sign the advisory in testing that updates a module, so that flatpaks are rebuilt:',
    `  curl -X POST ${lab.controlUrl}/lab/advisories/133005/sign`,
    'Make the next build of an image fail, and the hub unavailable for five requests:',
    `  curl ${lab.controlUrl}/lab/failures -d '{"name": "nginx-122-container", "times": 1}'`,
    `  curl ${lab.controlUrl}/lab/faults -d '{"service": "koji", "kind": "status", "status": 503, "times": 5}'`,
    'Fail one call inside multicalls, publish a message of another hub, and import only some RPMs of an image:',
    `  curl ${lab.controlUrl}/lab/faults -d '{"service": "koji", "kind": "call-fault", "operation": "getBuild", "times": 1}'`,
    `  curl ${lab.controlUrl}/lab/bus/foreign-task -d '{"id": 60000001, "state": "CLOSED"}'`,
    `  curl ${lab.controlUrl}/lab/koji/unimported-rpms -d '{"image": "nginx-122-container", "rpms": ["openssl-libs"]}'`,
    'Show the requests and builds so far, and reset the lab:',
    `  curl ${lab.controlUrl}/lab/requests ${lab.controlUrl}/lab/tasks`,
    `  curl -X POST ${lab.controlUrl}/lab/reset`,
    '',
  ].join('\n')
}

await main().catch((error: unknown) => {
  console.error(`LAB_PORT: ${messageOf(error)}`) // only listening on the ports can fail
  process.exit(1)
})
