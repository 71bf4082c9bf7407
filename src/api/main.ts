/** `npm run web`: the API as a separate process. */
import { pathToFileURL } from 'node:url'
import { runProcess } from '../process.ts'
import { startWeb } from './server.ts'

export { startWeb }

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runProcess('web', async (ctx, shutdown) => {
    const web = await startWeb(ctx)
    shutdown.add('web', web.stop)
  })
}
