/** Sessions that mark a process as a user of the embedded PostgreSQL. */
import { it, onTestFinished } from 'vitest'
import { holdSession } from '../../../../src/db/embedded/sessions.ts'
import { startTcpProxy } from '../../../support/bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../../../support/database/database.ts'
import { eventually } from '../../../support/eventually.ts'

it('the end of a session also ends its connection that is just coming back', async () => {
  const url = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(url))
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const through = new URL(url)
  through.port = String(proxy.port)
  const session = await holdSession(through.href)
  proxy.cut()
  proxy.restore()
  proxy.slow(200)
  const before = proxy.connections()
  await eventually(proxy.connections, (count) => count > before)
  await session.end()
  await eventually(proxy.isInUse, (isInUse) => !isInUse)
})
