/** Imports a Freshmaker database in a separate process and reports how long that took. Arguments: from, to. */
import { openDatabase } from '../../../src/db/orm.ts'
import { importFrom } from '../../support/database/imports.ts'
import { reportToParent } from '../child.ts'
import { timed } from '../statistics.ts'

/** `builds`: how many were new. */
export type ImportResult = { builds: number; ms: number; peakRssBytes: number }

const [from = '', url = ''] = process.argv.slice(2)
const db = openDatabase(url, 4)
let builds = 0
const ms = await timed(async () => {
  builds = (await importFrom({ from }, { db, url })).counts.artifact_builds.imported
})
await db.close()
const result: ImportResult = { builds, ms, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
reportToParent(result)
