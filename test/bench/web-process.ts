/** The API in a process of its own, on a free port; tells its address. Takes its settings from the environment. */
import { startWeb } from '../../src/api/server.ts'
import { readSettings } from '../../src/config/settings.ts'
import { createContext } from '../../src/context.ts'
import { tellParent } from './child.ts'

const ctx = await createContext(readSettings())
const { url } = await startWeb(ctx)
tellParent(url)
