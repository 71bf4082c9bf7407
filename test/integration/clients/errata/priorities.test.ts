/** Priorities of the vulnerabilities of an advisory, which the Errata Tool or Jira has. */
import { describe, expect, test } from 'vitest'
import { advisoryAnswers, errataWith, PAGE, startErrata } from '../../../support/lab/fake-errata.ts'
import { serve } from '../../../support/servers/http-server.ts'

const ID = 36762

describe('priorities', () => {
  /** Jira with issues by key: their type and special handling. */
  async function jiraWith(issues: Record<string, [string, string[] | null] | number>) {
    const table = Object.entries(issues).map(([key, issue]) => [
      `/rest/api/3/issue/${key}?fields=issuetype%2Ccustomfield_10670`,
      typeof issue === 'number'
        ? issue
        : {
            key,
            fields: {
              issuetype: { name: issue[0] },
              customfield_10670: issue[1]?.map((value) => ({ value })) ?? null,
            },
          },
    ])
    const server = await startErrata(Object.fromEntries(table))
    return { server, options: { jira: { url: server.url, email: 'bot@example.com', token: 'hush' } } }
  }

  test.each([
    ['hightouch+,rhsa_sla+', { isMajorIncident: true, isCompliancePriority: false }],
    ['compliance_priority+', { isMajorIncident: false, isCompliancePriority: true }],
    ['compliance-priority', { isMajorIncident: false, isCompliancePriority: true }],
    ['hightouch?', { isMajorIncident: false, isCompliancePriority: false }],
  ])('of bugs with the flags %s', async (flags, expected) => {
    const { client } = await errataWith(
      advisoryAnswers(ID, { [`/advisory/${ID}/bugs.json`]: [{ flags: '' }, { flags }] }),
    )
    expect(await client.advisory(ID)).toMatchObject({ ...expected, isContractPriority: false })
  })

  test('of vulnerabilities in Jira, queried as the configured user', async () => {
    const { server, options } = await jiraWith({
      'RHEL-1': ['Vulnerability', ['Major Incident', 'contract-priority']],
      'RHEL-2': ['Bug', ['compliance-priority']],
    })
    const { client } = await errataWith(advisoryAnswers(ID), options)
    expect(await client.advisory(ID)).toMatchObject({
      isMajorIncident: true,
      isCompliancePriority: false,
      isContractPriority: true,
    })
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${btoa('bot@example.com:hush')}`)
  })

  test('of issues that are not visible or have no special handling are all false', async () => {
    const { options } = await jiraWith({ 'RHEL-1': 403, 'RHEL-2': ['vulnerability', null] })
    const { client } = await errataWith(advisoryAnswers(ID), options)
    expect(await client.advisory(ID)).toMatchObject({ isMajorIncident: false, isContractPriority: false })
  })

  test('are an error of our account while Jira refuses the login', async () => {
    const { options } = await jiraWith({ 'RHEL-1': 401, 'RHEL-2': 401 })
    const { client } = await errataWith(advisoryAnswers(ID), options)
    await expect(client.advisory(ID)).rejects.toMatchObject({ service: 'jira', blame: 'account' })
  })

  test.each([
    [403, 'account'],
    [404, 'service'],
  ])('are an error while a page with status %i is answered in place of Jira', async (status, blame) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end(PAGE))
    const jira = { url, email: 'bot@example.com', token: 'hush' }
    const { client } = await errataWith(advisoryAnswers(ID), { jira })
    await expect(client.advisory(ID)).rejects.toMatchObject({ service: 'jira', blame })
  })

  test('are an error, without the token in it, while Jira is down', async () => {
    const { options } = await jiraWith({ 'RHEL-1': 503, 'RHEL-2': 503 })
    const { client } = await errataWith(advisoryAnswers(ID), options)
    const failure = await client.advisory(ID).catch((error: unknown) => error)
    expect(String(failure)).toContain('jira: GET /rest/api/3/issue/RHEL-')
    expect(JSON.stringify(failure)).not.toContain(btoa('bot@example.com:hush'))
  })

  test('are not queried in Jira if it is not configured', async () => {
    const { client, paths } = await errataWith(advisoryAnswers(ID))
    await client.advisory(ID)
    expect(paths()).not.toContain(`/advisory/${ID}/jira_issues.json`)
  })
})
