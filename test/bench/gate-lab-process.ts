/**
 * The lab as a process of its own, with results of many builds; tells its addresses.
 * Arguments: number of builds, milliseconds that its services take to answer.
 */
import { startLab } from '../../lab/start.ts'
import { putLoad } from '../support/gating-load-data.ts'
import { tellParent } from './child.ts'

/** One test in twenty failed: every build with an even number has passed all ten of its tests. */
const FAILING = 20

const [builds = '0', delay = '0'] = process.argv.slice(2)
const { urls, controlUrl, world } = await startLab()
putLoad(world.resultsDb, Number(builds), FAILING)
const delayMs = Number(delay)
if (delayMs > 0)
  for (const service of ['resultsdb', 'waiverdb'] as const)
    world.faults.push({ service, kind: 'slow', delayMs })
tellParent({ urls, controlUrl })
