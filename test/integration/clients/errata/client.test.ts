/** The Errata Tool client against a server with answers in the recorded shapes. */
import { describe, expect, test } from 'vitest'
import {
  createErrataClient,
  type ErrataClient,
  type ErrataOptions,
} from '../../../../src/clients/errata/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { advisoryAnswers, startErrata } from '../../../support/lab/fake-errata.ts'
import { serve } from '../../../support/servers/http-server.ts'

const ID = 36762
const RELEASE = { name: 'other', type: 'Zstream' }
const PAGE = '<html><body><h1>404 Not Found</h1></body></html>'

async function errataWith(answers: Record<string, unknown>, options: Partial<ErrataOptions> = {}) {
  const server = await startErrata(answers)
  return {
    client: createErrataClient({ ...clientOptions(server.url), ...options }),
    paths: server.paths,
    server,
  }
}

/** A client of a server whose erratum has these members in place of the recorded ones. */
async function clientOfErratum(members: object): Promise<ErrataClient> {
  const answers = advisoryAnswers(ID)
  const path = `/api/v1/erratum/${ID}`
  const { errata } = answers[path] as { errata: { rhsa: object } } // as it was recorded
  const { client } = await errataWith({
    ...answers,
    [path]: { errata: { rhsa: { ...errata.rhsa, ...members } } },
  })
  return client
}

describe('an advisory', () => {
  test('is combined from five views', async () => {
    const { client, paths } = await errataWith(advisoryAnswers(ID))
    expect(await client.advisory(ID)).toEqual({
      id: ID,
      name: 'RHSA-2026:9101-08',
      state: 'SHIPPED_LIVE',
      contentTypes: ['rpm'],
      securityImpact: 'critical',
      productShortName: 'RHCEPH',
      releaseName: 'rhceph-3.1',
      releaseType: 'Zstream',
      reporter: 'jdoe@example.com',
      cves: ['CVE-2026-14649', 'CVE-2026-14650'],
      shippedAt: new Date('2026-10-01T15:13:30Z'),
      isMajorIncident: false,
      isCompliancePriority: false,
      isContractPriority: false,
    })
    expect(paths()).toHaveLength(5)
  })

  test.each<[string, (answers: Record<string, unknown>, other: Record<string, unknown>) => void]>([
    ['the advisory', (answers, other) => (answers[`/api/v1/erratum/${ID}`] = other['/api/v1/erratum/8'])],
    ['its people', (answers, other) => (answers[`/advisory/${ID}.json`] = other['/advisory/8.json'])],
    [
      'its release',
      (answers) => (answers['/api/v1/releases/860'] = { data: { id: 8, attributes: RELEASE } }),
    ],
    ['its product', (answers) => (answers['/products/104.json'] = { product: { id: 8, short_name: 'X' } })],
  ])('is not known while the answer about %s is about another one', async (_what, swap) => {
    const answers = advisoryAnswers(ID)
    swap(answers, advisoryAnswers(8))
    const { client } = await errataWith(answers)
    const trouble = { blame: 'service', message: expect.stringMatching(/the answer is about 8, not \d+$/) }
    await expect(client.advisory(ID)).rejects.toMatchObject(trouble)
  })

  test('that has shipped is not known while the answer is about another one', async () => {
    const { client } = await errataWith({ '/api/v1/erratum/7': advisoryAnswers(8)['/api/v1/erratum/8'] })
    await expect(client.shipped(7)).rejects.toMatchObject({ blame: 'service' })
  })

  test('that does not exist is null', async () => {
    const { client } = await errataWith({})
    expect(await client.advisory(1)).toBeNull()
    expect(await client.summary(1)).toBeNull()
  })

  test.each([PAGE, '', 'default backend - 404'])(
    'is not unknown while a proxy does not find the service, whose page is "%s"',
    async (page) => {
      const { url } = await serve((_request, response) => void response.writeHead(404).end(page))
      const client = createErrataClient(clientOptions(url))
      await expect(client.summary(ID)).rejects.toMatchObject({ blame: 'service', status: 404 })
      await expect(client.pulpRepoIds(ID)).rejects.toMatchObject({ blame: 'service', status: 404 })
      await expect(client.shipped(ID)).rejects.toMatchObject({ blame: 'service', status: 404 })
    },
  )

  test.each([`/api/v1/erratum/${ID}`, `/advisory/${ID}.json`])(
    'is not unknown while only %s is missing: that is trouble of the service',
    async (path) => {
      const { client } = await errataWith(advisoryAnswers(ID, { [path]: 404 }))
      await expect(client.summary(ID)).rejects.toMatchObject({ blame: 'service', status: 404 })
    },
  )

  test.each(['bugs', 'jira_issues'])(
    'whose list of %s is missing is an error of the service',
    async (list) => {
      const jira = { url: 'http://jira.invalid', email: 'bot@example.com', token: 'hush' }
      const { client } = await errataWith(advisoryAnswers(ID, { [`/advisory/${ID}/${list}.json`]: 404 }), {
        jira,
      })
      await expect(client.advisory(ID)).rejects.toMatchObject({ service: 'errata', blame: 'service' })
    },
  )

  test.each([7, [7, null], { rpm: true }])(
    'whose content types are %j is odd, not one without any',
    async (types) => {
      const client = await clientOfErratum({ content_types: types })
      await expect(client.summary(ID)).rejects.toThrow("unexpected answer at 'errata.rhsa.content_types'")
    },
  )

  test.each([7, true, ['2026'], { at: 1 }, 'some day'])(
    'whose time of shipping is %j is known without one',
    async (time) => {
      const client = await clientOfErratum({ actual_ship_date: time })
      expect(await client.summary(ID)).toMatchObject({ id: ID, state: 'SHIPPED_LIVE', shippedAt: null })
    },
  )

  test.each(['2026-01-02T10:00:00', '2026-01-02 10:00:00.000', '2026-01-02T12:00:00+02:00'])(
    'shipped at %s did so at 10:00 UTC, whatever the zone of this process',
    async (time) => {
      const client = await clientOfErratum({ actual_ship_date: time })
      const zone = process.env['TZ']
      process.env['TZ'] = 'America/New_York'
      try {
        expect((await client.summary(ID))?.shippedAt).toEqual(new Date('2026-01-02T10:00:00Z'))
      } finally {
        if (zone === undefined) delete process.env['TZ']
        else process.env['TZ'] = zone
      }
    },
  )

  test('that the service cannot deliver is an error', async () => {
    const { client } = await errataWith(advisoryAnswers(ID, { '/api/v1/releases/860': 503 }))
    await expect(client.advisory(ID)).rejects.toThrow('errata: GET /api/v1/releases/860: HTTP 503')
  })

  test('may have no CVEs and no impact', async () => {
    const erratum = {
      id: ID,
      fulladvisory: 'RHBA-2026:1-01',
      status: 'QE',
      content_types: null,
      security_impact: null,
      product_id: 104,
    }
    const { client } = await errataWith(
      advisoryAnswers(ID, {
        [`/api/v1/erratum/${ID}`]: { errata: { rhba: erratum }, content: { content: { cve: '' } } },
      }),
    )
    expect(await client.advisory(ID)).toMatchObject({
      cves: [],
      securityImpact: 'none',
      contentTypes: [],
      name: 'RHBA-2026:1-01',
    })
  })

  test('of an unexpected shape names the place', async () => {
    const { client } = await errataWith(advisoryAnswers(ID, { [`/api/v1/erratum/${ID}`]: { errata: {} } }))
    await expect(client.summary(ID)).rejects.toThrow("unexpected answer at '': no advisory in 'errata'")
  })

  test('has a summary, which takes two requests', async () => {
    const { client, paths } = await errataWith(advisoryAnswers(ID))
    expect(await client.summary(ID)).toEqual({
      id: ID,
      name: 'RHSA-2026:9101-08',
      state: 'SHIPPED_LIVE',
      contentTypes: ['rpm'],
      securityImpact: 'critical',
      cves: ['CVE-2026-14649', 'CVE-2026-14650'],
      shippedAt: new Date('2026-10-01T15:13:30Z'),
      reporter: 'jdoe@example.com',
    })
    expect(paths().toSorted()).toEqual([`/advisory/${ID}.json`, `/api/v1/erratum/${ID}`])
  })
})

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

describe('fixed RPMs', () => {
  const BUILDS = {
    'RHEL-8.9.0.Z': [
      {
        'openssl-1.1.1k-14.el8_9': {
          'BaseOS-8.9.0.Z': {
            x86_64: ['openssl-1.1.1k-14.el8_9.x86_64.rpm', 'openssl-libs-1.1.1k-14.el8_9.x86_64.rpm'],
            aarch64: ['openssl-1.1.1k-14.el8_9.aarch64.rpm'],
            SRPMS: ['openssl-1.1.1k-14.el8_9.src.rpm'],
          },
        },
      },
      { 'app-container-1-1': { 'BaseOS-8.9.0.Z': { multi: ['docker-image-1.x86_64.tar.gz'] } } },
    ],
    'RHEL-7.9.Z': [
      { 'openssl-1.0.2k-27.el7_9': { '7Server': { x86_64: ['openssl-1.0.2k-27.el7_9.x86_64.rpm'] } } },
    ],
  }
  const variant = (arch: string, ...files: string[]) => ({
    [arch]: files.map((filename) => ({ filename, is_signed: true })),
  })
  const BY_CVE = {
    'CVE-2026-1': {
      'RHEL-8.9.0.Z': {
        name: 'RHEL-8.9.0.Z',
        builds: [
          {
            'openssl-1.1.1k-14.el8_9': {
              nvr: 'openssl-1.1.1k-14.el8_9',
              variant_arch: {
                'BaseOS-8.9.0.Z': {
                  ...variant('x86_64', 'openssl-libs-1.1.1k-14.el8_9.x86_64.rpm'),
                  ...variant('SRPMS', 'openssl-1.1.1k-14.el8_9.src.rpm'),
                },
              },
            },
          },
        ],
      },
    },
    'CVE-2026-2': { 'RHEL-8.9.0.Z': { builds: [{ 'x-1-1': { nvr: 'x-1-1' } }] } },
  }
  const answers = (more = {}) => ({
    [`/advisory/${ID}/builds.json`]: BUILDS,
    [`/api/v1/erratum/${ID}/builds_by_cve`]: BY_CVE,
    ...more,
  })

  test('are the distinct binary RPMs, separate from their sources', async () => {
    const { client, paths } = await errataWith(answers())
    expect(await client.fixedRpms(ID)).toMatchObject({
      byCve: ['openssl-libs-1.1.1k-14.el8_9'],
      all: ['openssl-1.0.2k-27.el7_9', 'openssl-1.1.1k-14.el8_9', 'openssl-libs-1.1.1k-14.el8_9'],
      sourceBuilds: ['openssl-1.1.1k-14.el8_9'],
      buildOf: { 'openssl-libs-1.1.1k-14.el8_9': 'openssl-1.1.1k-14.el8_9' },
    })
    expect(paths()).toHaveLength(2)
  })

  const NOTHING = { byCve: [], all: [], sourceBuilds: [], buildOf: {}, unreadable: [] }

  test('are empty if the service lists none, or does not know the advisory', async () => {
    const lists = { [`/advisory/${ID}/builds.json`]: {}, [`/api/v1/erratum/${ID}/builds_by_cve`]: {} }
    const { client } = await errataWith({ ...advisoryAnswers(ID), ...lists })
    expect(await client.fixedRpms(ID)).toEqual(NOTHING)
    expect(await (await errataWith({})).client.fixedRpms(ID)).toEqual(NOTHING)
  })

  test.each([`/advisory/${ID}/builds.json`, `/api/v1/erratum/${ID}/builds_by_cve`])(
    'are not empty when %s is missing for a known advisory: that is trouble of the service',
    async (path) => {
      const { client } = await errataWith({ ...advisoryAnswers(ID), ...answers({ [path]: 404 }) })
      await expect(client.fixedRpms(ID)).rejects.toMatchObject({
        blame: 'service',
        message: `errata: GET ${path}: HTTP 404, but the advisory exists`,
      })
    },
  )

  test('are only those of product versions based on the configured RHEL', async () => {
    const { client } = await errataWith(
      answers({
        ...advisoryAnswers(ID),
        '/products/104/product_versions.json': [
          { product_version: { id: 1, name: 'RHEL-8.9.0.Z' } },
          { product_version: { id: 2, name: 'RHEL-7.9.Z' } },
        ],
        '/products/104/product_versions/1.json': { id: 1, rhel_release: { name: 'RHEL-8' } },
        '/products/104/product_versions/2.json': { id: 2, rhel_release: { name: 'RHEL-7' } },
      }),
      { rhelReleasePrefix: 'RHEL-7' },
    )
    expect(await client.fixedRpms(ID)).toMatchObject({
      byCve: [],
      all: ['openssl-1.0.2k-27.el7_9'],
      sourceBuilds: [],
    })
  })

  test.each([
    ['that cannot be read', { id: 2, rhel_release: { name: 7 } }, { id: 2, name: 'RHEL-7.9.Z' }],
    [
      'that is not readable in the list',
      { id: 2, rhel_release: { name: 'RHEL-7' } },
      { id: '2', name: 'RHEL-7.9.Z' },
    ],
  ])('lack those of a product version %s, which is reported', async (_title, version, listed) => {
    const { client } = await errataWith(
      answers({
        ...advisoryAnswers(ID),
        '/products/104/product_versions.json': [
          { product_version: { id: 1, name: 'RHEL-8.9.0.Z' } },
          { product_version: listed },
        ],
        '/products/104/product_versions/1.json': { id: 1, rhel_release: { name: 'RHEL-8' } },
        '/products/104/product_versions/2.json': version,
      }),
      { rhelReleasePrefix: 'RHEL-' },
    )
    const { all, unreadable } = await client.fixedRpms(ID)
    expect(all).toEqual(['openssl-1.1.1k-14.el8_9', 'openssl-libs-1.1.1k-14.el8_9'])
    expect(unreadable.map(({ path }) => path)).toEqual(['RHEL-7.9.Z'])
  })
})

describe('other queries', () => {
  test('return Pulp repositories, the keys of a map', async () => {
    const { client } = await errataWith({
      [`/errata/get_pulp_packages/${ID}.json`]: { 'rhel-8-baseos': ['a.rpm'], 'rhel-8-appstream': [] },
    })
    expect(await client.pulpRepoIds(ID)).toEqual(['rhel-8-baseos', 'rhel-8-appstream'])
    expect(await client.pulpRepoIds(1)).toEqual([])
  })

  test.each<[string, (client: ErrataClient) => Promise<unknown>]>([
    ['Pulp repositories', (client) => client.pulpRepoIds(ID)],
    ['attached builds', (client) => client.attachedBuilds(ID)],
    ['signatures', (client) => client.allBuildsSigned(ID)],
    ['blocking advisories', (client) => client.blockingAdvisories(ID)],
  ])('are not empty when the list of %s of a known advisory is missing', async (_name, query) => {
    const { client } = await errataWith(advisoryAnswers(ID))
    await expect(query(client)).rejects.toMatchObject({ blame: 'service', status: 404 })
  })

  test('return attached builds, each once', async () => {
    const version = { name: 'v', description: '', builds: [{ 'a-1-1': { nvr: 'a-1-1', variant_arch: {} } }] }
    const { client } = await errataWith({ [`/api/v1/erratum/${ID}/builds`]: { one: version, two: version } })
    expect(await client.attachedBuilds(ID)).toEqual({ read: ['a-1-1'], unreadable: [] })
  })

  test.each([
    [[true, true], true],
    [[true, false], false],
    [[true, null], false],
    [[], false],
  ])('report for builds signed as %j that all are signed: %s', async (signed, expected) => {
    const builds = signed.map((is_signed, index) => ({ [`a-1-${index}`]: { is_signed, sig_key: 'k' } }))
    const { client } = await errataWith({
      [`/api/v1/erratum/${ID}/builds_list?with_sig_key=1`]: { v: { builds } },
    })
    expect(await client.allBuildsSigned(ID)).toBe(expected)
  })
})
