/** `npm run web`: the API in a separate process; `npm run web -- --only gate`: only decisions, which need no database. */
import { pathToFileURL } from 'node:url'
import { runGateProcess, runProcess } from '../process.ts'
import { startGateWeb, startWeb } from './server.ts'

export { startWeb }

async function main(args: readonly string[]): Promise<void> {
  if (args.length === 0) {
    await runProcess('web', async (ctx, shutdown) => {
      const web = await startWeb(ctx)
      shutdown.add('web', web.stop)
    })
  } else if (args.join(' ') === '--only gate') {
    await runGateProcess('gate', async (ctx, shutdown) => {
      const web = await startGateWeb(ctx)
      shutdown.add('web', web.stop)
    })
  } else {
    process.stderr.write('Usage: npm run web [-- --only gate]\n')
    process.exit(2)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
