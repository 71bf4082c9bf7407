/** The cost of applying a fact to a large event, alone and together with others that wait. */
import { applyFact } from '../../../src/commands/transition/apply-fact.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { type Context, createContext } from '../../../src/context.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import type { Bench, Line } from '../bench.ts'
import { show, showMs, timed } from '../statistics.ts'

const BUILDS = 1000
/** The number of concurrent `transition` jobs in one process. */
const AT_A_TIME = 100
const ALONE = 100
const TARGET_MS = 1

/** The time includes everything from the lock of the event to the messages out and the jobs of builds that may start. */
export const facts: Bench = {
  name: 'facts',
  explains:
    `The end of each build of an event of ${BUILDS.toLocaleString('en-US')}, ${AT_A_TIME} reported at a time, on queues in ` +
    'Redis if installed; as a multiple of the same one after the other.',
  async run(stage) {
    const store = await stage.productionStore()
    const environment = { ...store.env, DATABASE_URL: await stage.newDatabase(), LOG_LEVEL: 'silent' }
    const ctx = stage.keep(await createContext(readSettings({ environment })), (open) => open.close())
    const aloneMs = (await timeFacts(ctx, ALONE, 1)) / ALONE
    const togetherMs = (await timeFacts(ctx, BUILDS, AT_A_TIME)) / BUILDS
    return [
      lineOf('one after the other', aloneMs, aloneMs),
      {
        ...lineOf('together', togetherMs, aloneMs),
        target: { text: `under ${showMs(TARGET_MS)}`, met: togetherMs < TARGET_MS },
      },
    ]
  },
}

/** The time for the ends of the first `count` builds of a new event. */
async function timeFacts(ctx: Context, count: number, atATime: number): Promise<number> {
  const event = await makeEvent(ctx)
  const builds: { buildId: number; taskId: number }[] = []
  for (let n = 0; n < BUILDS; n += 1) {
    const taskId = event * BUILDS + n
    builds.push({ buildId: await makeBuild(ctx, event, { state: 'BUILD', taskId }), taskId })
  }
  const remaining = builds.slice(0, count).values()
  const applyAll = async () => {
    for (const build of remaining)
      await applyFact(ctx, event, { kind: 'task-closed', ...build, verification: { ok: true } })
  }
  return timed(async () => {
    await Promise.all(Array.from({ length: atATime }, applyAll))
  })
}

function lineOf(what: string, ms: number, aloneMs: number): Line {
  return {
    what,
    measured: `${showMs(ms)} for each`,
    compared: `x ${show(ms / aloneMs)} of ${showMs(aloneMs)}`,
    raw: { eachMs: ms, aloneMs },
  }
}
