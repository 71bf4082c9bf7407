/** `npm run demo`: starts the lab and the service, ships an advisory and follows the rebuilds it causes, then shows other kinds of events. */
import { constants } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../src/lib/errors.ts'
import { oneFormOfArguments } from '../../src/lib/refuse-arguments.ts'
import { type Bus, startBus } from '../bus/start.ts'
import { shipAdvisory } from '../services/errata/ship.ts'
import { connectionSettings, declareQueues } from '../settings.ts'
import { type Lab, startLab } from '../start.ts'
import { untilSignal } from '../until-signal.ts'
import { showGate } from './gate.ts'
import { followEvent } from './live-view.ts'
import { lockFolder } from './lock-folder.ts'
import { showBundle, showCancel, showFlatpak } from './more-events.ts'
import { launchService } from './service.ts'
import { printSummary } from './summary.ts'

/** Emptied at the start: otherwise the service would not rebuild what an earlier run has rebuilt. */
const FOLDER = join('.freshwave', 'demo')
const ADVISORY = 133001
const PATIENCE_MS = 120_000
const BUILD_MS = { shortest: 300, spread: 900 }
/** One image fails once and then builds; another fails every time, and its dependants with it. */
const FAILURES = {
  'nodejs-18-container': { times: 1, code: 2001, text: 'Image build failed. A mirror was unreachable.' },
  'openjdk-21-container': {
    times: 99,
    code: 2001,
    text: 'Image build failed. The Dockerfile needs a package that no longer exists.',
  },
}

const staysUp = oneFormOfArguments('npm run demo [-- --stay]', ['', '--stay']) === '--stay'
const started: { stop(): Promise<unknown> }[] = []
const stopped = untilSignal()
let isComplete = false
try {
  const signal = await Promise.race([run(), stopped])
  if (signal && !isComplete) process.exitCode = 128 + constants.signals[signal] // as a shell reports an interrupted program
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
} finally {
  // Not a loop over a copy: a part that was starting when the signal arrived may be added in the meantime.
  for (let part = started.pop(); part; part = started.pop()) await part.stop()
}
process.exit()

async function run(): Promise<void> {
  await lockFolder(FOLDER)
  const bus = keep(await startBus())
  declareQueues(bus)
  const lab = keep(await openLab(bus))
  console.log(
    'The lab is running: Errata Tool, Jira, Pyxis, Pulp, Koji, ODCS, Product Pages, a flatpak index, ResultsDB, WaiverDB, a git server and a message bus, each with its real protocol.',
  )
  const service = keep(await launchService(FOLDER, settingsFor(lab, bus)))
  await service.untilReady()
  console.log(`The service is running at ${service.url} (log: ${service.logFile}).`)
  console.log(`Advisory ${ADVISORY} ships: the Errata Tool publishes a message on the bus.\n`)
  shipAdvisory(lab.world, ADVISORY)
  const event = await followEvent(service, { find: `search_key=${ADVISORY}`, patienceMs: PATIENCE_MS })
  await printSummary(service, event, bus.received())
  if (event.state_name !== 'COMPLETE')
    throw new Error(`The event ended as ${event.state_name}, not COMPLETE.`)
  await showGate(service, lab.urls, event)
  await showCancel(service, ADVISORY)
  await showBundle(service, lab.world, event)
  await showFlatpak(service, lab.world)
  isComplete = true
  if (!staysUp) return
  console.log(`\nThe service stays up at ${service.url}; press Ctrl-C to stop.`)
  await stopped
}

function keep<T extends { stop(): Promise<unknown> }>(part: T): T {
  started.push(part)
  return part
}

function openLab(bus: Bus): Promise<Lab> {
  return startLab({
    publish: bus.publish,
    builder: { parallelism: 8, durationMs: buildDuration, failures: FAILURES },
  })
}

function settingsFor(lab: Lab, bus: Bus): Record<string, string> {
  return {
    ...connectionSettings(lab.urls, bus.url),
    POLICIES_DIR: 'lab/policies',
    POLL_INTERVAL_MS: '2000',
    SWEEP_INTERVAL_MS: '2000',
  }
}

/** The same image always takes the same time. */
function buildDuration(name: string): number {
  const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return BUILD_MS.shortest + ((sum * 37) % BUILD_MS.spread)
}
