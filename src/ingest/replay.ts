/** `npm run replay`: lists messages that failed, or reads some again, on the machine of the service. */
import { pathToFileURL } from 'node:url'
import { localUser } from '../commands/audit.ts'
import { replayMessages } from '../commands/intake/replay-messages.ts'
import type { Context } from '../context.ts'
import { failedInboxRows } from '../db/queries/messages/inbox.ts'
import { endWithUsage, isHelp, refuse } from '../lib/refuse-arguments.ts'
import { MAX_INTEGER } from '../lib/storable.ts'
import { runProcess } from '../process.ts'

const LISTED = 50
const USAGE = 'Usage: npm run replay [-- ID ...]'

async function main(ctx: Context, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) {
    for (const { id, state, reason } of await replayMessages(ctx, ids, localUser()))
      console.log(`${id}\t${state}\t${reason ?? ''}`)
    return
  }
  for (const row of await failedInboxRows(ctx.db.fork(), LISTED))
    console.log(`${row.id}\t${row.receivedAt.toISOString()}\t${row.topic}\t${row.reason}`)
}

function readIds(args: readonly string[]): number[] {
  if (isHelp(args)) endWithUsage(USAGE)
  const wrong = args.find(
    (text) => !/^\d{1,10}$/.test(text) || Number(text) === 0 || Number(text) > MAX_INTEGER,
  )
  if (wrong !== undefined) refuse(`'${wrong}' is not the id of a message. ${USAGE}`)
  return args.map(Number)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const ids = readIds(process.argv.slice(2))
  await runProcess('replay', async (ctx, shutdown) => {
    await main(ctx, ids)
    await shutdown.run('done')
    process.exit(0)
  })
}
