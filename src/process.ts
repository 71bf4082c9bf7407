/** The frame of every program of this service: settings, context, orderly shutdown, clear startup errors. */
import { readSettings } from './config/settings.ts'
import { type Context, createContext } from './context.ts'
import { stopIfLast } from './db/embedded/server.ts'
import { missingServices } from './handlers/index.ts'
import { BadSettings, messageOf } from './lib/errors.ts'
import { createShutdown, type Shutdown } from './lib/shutdown.ts'

/**
 * Runs `start` with a new context. Invalid settings: prints every problem on standard error and exits with code 2. Any
 * other startup failure: prints its message and exits with code 1. The context closes last: after everything that
 * `start` has registered with `shutdown`.
 */
export async function runProcess(
  name: string,
  start: (ctx: Context, shutdown: Shutdown) => Promise<void>,
): Promise<void> {
  try {
    let reload: () => void = () => undefined // during startup: the policies are about to be read anyway
    process.on('SIGHUP', () => reload())
    const settings = readSettings()
    const ctx = await createContext(settings)
    reload = () => void ctx.policies.reload()
    const shutdown = createShutdown(ctx.log)
    shutdown.add('context', async () => {
      await ctx.close()
      if (!settings.env.DATABASE_URL) await stopIfLast(settings.env.DATA_DIR)
    })
    for (const missing of missingServices(settings.env)) ctx.log.warn(missing)
    await start(ctx, shutdown)
    ctx.log.info({ process: name }, 'ready')
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(error instanceof BadSettings ? 2 : 1)
  }
}
