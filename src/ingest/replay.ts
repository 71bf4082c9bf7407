/** `npm run replay`: lists messages that failed, or reads some again, on the machine of the service. */
import { pathToFileURL } from 'node:url'
import { localUser } from '../commands/audit.ts'
import { type Replayed, replayMessage } from '../commands/intake/replay-messages.ts'
import type { Context } from '../context.ts'
import { failedInboxRows } from '../db/queries/messages/inbox.ts'
import { RequestRefused } from '../domain/rebuild/intake/request-refused.ts'
import { endWithUsage, isHelp, refuse } from '../lib/refuse-arguments.ts'
import { runProcess } from '../process.ts'

const LISTED = 50
const USAGE = 'Usage: npm run replay [-- ID ...]'

/** Returns whether everything that was requested was done. */
async function main(ctx: Context, ids: readonly number[]): Promise<boolean> {
  if (ids.length > 0) return replayAll(ctx, ids)
  for (const row of await failedInboxRows(ctx.db.fork(), LISTED))
    print([row.id, row.receivedAt.toISOString(), row.topic, row.reason ?? null])
  return true
}

/** Prints one line, escaped: texts from outside may have control characters, which a terminal would obey. */
function print(cells: readonly (string | number | null)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell ?? '').replace(/\p{Cc}+/gu, ' ')).join('\t')}\n`)
}

/** Replays messages and prints a line for each; one that is refused does not hold up the others. */
async function replayAll(ctx: Context, ids: readonly number[]): Promise<boolean> {
  let isComplete = true
  for (const id of ids) {
    const { state, reason } = await replayOne(ctx, id)
    print([id, state, reason])
    isComplete &&= state !== 'refused'
  }
  return isComplete
}

async function replayOne(
  ctx: Context,
  id: number,
): Promise<Omit<Replayed, 'id'> | { state: 'refused'; reason: string }> {
  try {
    const replayed = await replayMessage(ctx, id, localUser())
    return replayed ?? { state: 'refused', reason: 'No such message found.' }
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    return { state: 'refused', reason: error.message }
  }
}

function readIds(args: readonly string[]): number[] {
  if (isHelp(args)) endWithUsage(USAGE)
  const wrong = args.find(
    (text) => !/^\d+$/.test(text) || Number(text) === 0 || !Number.isSafeInteger(Number(text)),
  )
  if (wrong !== undefined) refuse(`'${wrong}' is not the id of a message. ${USAGE}`)
  return args.map(Number)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const ids = readIds(process.argv.slice(2))
  await runProcess('replay', async (ctx, shutdown) => {
    const isComplete = await main(ctx, ids)
    await shutdown.run('done')
    process.exit(isComplete ? 0 : 1)
  })
}
