/** Reports of the control API: requests, tasks and advisories. */
import type { Hono } from 'hono'
import { taskStruct } from '../services/koji/answers.ts'
import { OSBS } from '../services/koji/records.ts'
import type { World } from '../world.ts'

/** All of them are read-only. */
export function addReports(app: Hono, world: World): void {
  app.get('/lab/requests', (c) =>
    c.json({
      requests: Object.fromEntries(world.requests),
      kojiCalls: Object.fromEntries(world.kojiCalls),
      messages: { sent: world.bus.sent, dropped: world.bus.dropped },
      duplicates: world.koji.duplicates,
    }),
  )
  app.get('/lab/tasks', (c) => {
    const submitted = [...world.koji.tasks.values()].filter((task) => task.owner !== OSBS.id)
    return c.json({
      duplicates: world.koji.duplicates,
      tasks: submitted.map((task) => ({
        ...taskStruct(task, true),
        state_name: task.state,
        fault: task.fault,
      })),
    })
  })
  app.get('/lab/advisories', (c) =>
    c.json(
      [...world.advisories.values()].map(({ id, type, number, synopsis, status }) => ({
        id,
        name: `${type}-${number}`,
        synopsis,
        status,
      })),
    ),
  )
}
