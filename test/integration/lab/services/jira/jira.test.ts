/** Jira: the issues that advisories name, for those who log in. */
import { expect, it } from 'vitest'
import { labForTest } from '../../../../support/lab/lab.ts'

const ISSUE = '/rest/api/3/issue'
const headers = { Authorization: `Basic ${btoa('freshwave@example.com:lab')}` }

it('Jira shows the issue of an advisory, hides unknown ones, and refuses callers without a login', async () => {
  const { urls } = await labForTest()
  const known = await fetch(`${urls.JIRA_URL}${ISSUE}/RHEL-28411`, { headers })
  expect(known.status).toBe(200)
  expect(await known.json()).toMatchObject({
    key: 'RHEL-28411',
    fields: { issuetype: { name: 'Vulnerability' }, customfield_10670: [{ value: 'Major Incident' }] },
  })
  expect((await fetch(`${urls.JIRA_URL}${ISSUE}/RHEL-1`, { headers })).status).toBe(404)
  expect((await fetch(`${urls.JIRA_URL}${ISSUE}/RHEL-28411`)).status).toBe(401)
})
