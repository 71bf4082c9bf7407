/** Jira: issues by key, with their type and the special handling of vulnerabilities (behaviour/freshmaker 9.2). */
import { Hono } from 'hono'
import { verbAndPath, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'

/** Serves the issues that the advisories of a world name; each is a vulnerability that is a major incident. */
export function createJiraApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'jira', verbAndPath))
  app.get('/rest/api/3/issue/:key', (c) => {
    const key = c.req.param('key')
    if (!c.req.header('Authorization')?.startsWith('Basic '))
      return c.json({ errorMessages: ['You do not have the permission to see the specified issue.'] }, 401)
    const isKnown = [...world.advisories.values()].some(({ jiraIssues }) => jiraIssues.includes(key))
    if (!isKnown)
      return c.json(
        { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
        404,
      )
    return c.json({
      id: '10001',
      key,
      self: `${new URL(c.req.url).origin}/rest/api/3/issue/10001`,
      fields: {
        issuetype: { id: '10024', name: 'Vulnerability', subtask: false },
        customfield_10670: [{ id: '18650', value: 'Major Incident' }],
      },
    })
  })
  return app
}
