/** The lab's bus in a process of its own; tells its address. Arguments: queues to make. */
import { startBus } from '../../lab/bus/start.ts'
import { tellParent } from './child.ts'

const bus = await startBus()
for (const queue of process.argv.slice(2)) bus.depth(queue)
tellParent(bus.url)
