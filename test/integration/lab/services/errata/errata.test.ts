/** The Errata Tool and Pulp: every address that the service reads, and the message about a shipped advisory. */
import { describe, expect, it } from 'vitest'
import { moveAdvisory, shipAdvisory } from '../../../../../lab/services/errata/ship.ts'
import { signAdvisory } from '../../../../../lab/services/errata/sign.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

async function errataForTest() {
  const lab = await labForTest()
  const get = async (path: string) => {
    const response = await fetch(`${lab.urls.ERRATA_URL}${path}`)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const body = async (path: string) => (await get(path)).body
  return { ...lab, get, body }
}

describe('an advisory', () => {
  it('is found under its type in lower case, with its CVEs in one text', async () => {
    const { body } = await errataForTest()
    const answer = await body('/api/v1/erratum/133001')
    expect(Object.keys(answer.errata as object)).toEqual(['rhsa'])
    expect(answer).toMatchObject({
      errata: {
        rhsa: {
          id: 133001,
          fulladvisory: 'RHSA-2026:9101-03',
          status: 'PUSH_READY',
          content_types: ['rpm'],
          security_impact: 'Critical',
          product_id: 16,
        },
      },
      content: { content: { cve: 'CVE-2026-0727 CVE-2026-2511' } },
    })
    expect(await body('/api/v1/erratum/133003')).toMatchObject({
      errata: { rhba: { security_impact: 'None' } },
      content: { content: { cve: '' } },
    })
  })

  it('has its people, release and product at the legacy address', async () => {
    const { body } = await errataForTest()
    expect(await body('/advisory/133001.json')).toMatchObject({
      advisory_name: 'RHSA-2026:9101',
      people: { reporter: 'jdoe@example.com' },
      release: { id: 1500, name: 'RHEL-8.9.0.Z.MAIN' },
      product: { id: 16, short_name: 'RHEL' },
    })
    expect(await body('/api/v1/releases/1500')).toMatchObject({
      data: { attributes: { name: 'RHEL-8.9.0.Z.MAIN', type: 'Zstream' } },
    })
    expect(await body('/products/16.json')).toMatchObject({ product: { short_name: 'RHEL' } })
    expect(await body('/products/16/product_versions.json')).toMatchObject([
      { product_version: { id: 2001, name: 'RHEL-8.9.0.Z.MAIN' } },
      { product_version: { id: 2002 } },
    ])
    expect(await body('/products/16/product_versions/2002.json')).toMatchObject({
      rhel_release: { name: 'RHEL-9' },
    })
  })

  it('lists its builds by product version, variant and architecture, sources under SRPMS', async () => {
    const { body } = await errataForTest()
    const builds = await body('/advisory/133001/builds.json')
    expect(Object.keys(builds)).toEqual(['RHEL-8.9.0.Z.MAIN', 'RHEL-9.3.0.Z.MAIN'])
    expect(builds['RHEL-9.3.0.Z.MAIN']).toEqual([
      {
        'openssl-3.0.7-27.el9_3': {
          'BaseOS-9.3.0.Z.MAIN': {
            x86_64: expect.arrayContaining(['openssl-libs-3.0.7-27.el9_3.x86_64.rpm']),
            aarch64: expect.arrayContaining(['openssl-libs-3.0.7-27.el9_3.aarch64.rpm']),
            SRPMS: ['openssl-3.0.7-27.el9_3.src.rpm'],
          },
        },
      },
    ])
    const listed = await body('/api/v1/erratum/133001/builds_list?with_sig_key=1')
    expect(listed['RHEL-8.9.0.Z.MAIN']).toMatchObject({
      builds: [{ 'openssl-1.1.1k-14.el8_9': { is_signed: true, is_module: false } }],
    })
  })

  it('lists the packages of each CVE', async () => {
    const { body } = await errataForTest()
    const byCve = await body('/api/v1/erratum/133001/builds_by_cve')
    expect(Object.keys(byCve)).toEqual(['CVE-2026-0727', 'CVE-2026-2511'])
    expect(byCve['CVE-2026-2511']).toMatchObject({
      'RHEL-8.9.0.Z.MAIN': {
        builds: [
          {
            'openssl-1.1.1k-14.el8_9': {
              variant_arch: {
                'BaseOS-8.9.0.Z.MAIN': {
                  x86_64: expect.arrayContaining([
                    { filename: 'openssl-libs-1.1.1k-14.el8_9.x86_64.rpm', is_signed: true },
                  ]),
                },
              },
            },
          },
        ],
      },
    })
    expect(await body('/api/v1/erratum/133003/builds_by_cve')).toEqual({})
    expect((await body('/api/v1/erratum/133001/builds'))['RHEL-8.9.0.Z.MAIN']).toEqual(
      (byCve['CVE-2026-0727'] as Record<string, unknown>)['RHEL-8.9.0.Z.MAIN'],
    )
  })

  it('that ships a container has archives instead of packages, and an automated reporter', async () => {
    const { body, world } = await errataForTest()
    expect(await body('/advisory/133004/builds.json')).toEqual({
      'RHEL-8.9.0.Z.MAIN': [
        {
          'httpd-24-container-1-283': {
            'BaseOS-8.9.0.Z.MAIN': { multi: ['docker-image-httpd-24-container-1-283.tar.gz'] },
          },
        },
      ],
    })
    expect(await body('/advisory/133004.json')).toMatchObject({
      people: { reporter: expect.stringMatching(/^botas/) },
      content_types: ['docker'],
    })
    expect([...world.koji.builds.values()].filter(({ name }) => name === 'httpd-24-container')).toEqual([
      expect.objectContaining({ image: expect.any(Object) }),
    ])
  })

  it('has bugs with their flags, Jira issues, Pulp repositories and blockers', async () => {
    const { body } = await errataForTest()
    expect(await body('/advisory/133001/bugs.json')).toContainEqual(
      expect.objectContaining({ id: 2263441, flags: 'hightouch+,rhsa_sla+' }),
    )
    expect(await body('/advisory/133001/jira_issues.json')).toMatchObject([{ key: 'RHEL-28411' }])
    expect(Object.keys(await body('/errata/get_pulp_packages/133001.json'))).toHaveLength(8)
    expect(await body('/errata/blocking_errata_for/133001.json')).toEqual([])
    expect(await body('/api/v1/build/openssl-1.1.1k-14.el8_9')).toMatchObject({
      all_errata: [{ id: 133001, status: 'PUSH_READY' }],
      released_errata: null,
    })
  })

  it.each([
    '/api/v1/erratum/99',
    '/api/v1/erratum/99/builds_by_cve',
    '/advisory/99.json',
    '/advisory/99/bugs.json',
    '/errata/get_pulp_packages/99.json',
    '/api/v1/releases/99',
    '/products/99.json',
    '/products/16/product_versions/99.json',
    '/api/v1/build/no-such-1-1',
    '/nowhere',
  ])('that does not exist is a 404 at %s', async (path) => {
    const { get } = await errataForTest()
    expect((await get(path)).status).toBe(404)
  })
})

describe('shipping', () => {
  it('changes the status and publishes it on the bus, in the body and as text properties', async () => {
    const { body, world, messages } = await errataForTest()
    shipAdvisory(world, 133001)
    expect(await body('/advisory/133001.json')).toMatchObject({ status: 'SHIPPED_LIVE' })
    expect(messages).toEqual([
      {
        topic: 'VirtualTopic.eng.errata.activity.status',
        body: {
          errata_id: 133001,
          errata_status: 'SHIPPED_LIVE',
          from: 'PUSH_READY',
          to: 'SHIPPED_LIVE',
          type: 'RHSA',
          fulladvisory: 'RHSA-2026:9101-03',
          synopsis: 'Critical: openssl security update',
          product: 'RHEL',
          release: 'RHEL-8.9.0.Z.MAIN',
          who: 'release-engineer@example.com',
          when: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
          content_types: ['rpm'],
          skip_customer_notifications: false,
        },
        properties: expect.objectContaining({
          subject: 'errata.activity.status',
          errata_id: '133001',
          to: 'SHIPPED_LIVE',
          type: 'RHSA',
        }),
      },
    ])
  })

  it('an unknown advisory is an error that names the known ones', async () => {
    const { world } = await errataForTest()
    expect(() => shipAdvisory(world, 9)).toThrow(
      'No advisory 9; known advisories: 133001, 133002, 133003, 133004, 133005',
    )
  })

  it('publishes each signature of a build', async () => {
    const { world, messages, body } = await errataForTest()
    signAdvisory(world, 133005)
    expect(messages).toEqual([
      {
        topic: 'VirtualTopic.eng.errata.activity.signing',
        body: expect.objectContaining({
          errata_id: 133005,
          errata_status: 'QE',
          to: 'image-libs-rhel8-8090020261101080001.9e153712',
          content_types: ['module'],
        }),
        properties: { subject: 'errata.activity.signing' },
      },
    ])
    const listed = JSON.stringify(await body('/api/v1/erratum/133005/builds_list?with_sig_key=1'))
    expect(listed).toContain('"is_signed":true')
    expect(() => signAdvisory(world, 9)).toThrow('No advisory 9')
  })

  it('can go through any state', async () => {
    const { world, messages } = await errataForTest()
    moveAdvisory(world, 133002, 'QE')
    moveAdvisory(world, 133002, 'REL_PREP')
    expect(messages.map(({ body }) => [body.from, body.to])).toEqual([
      ['PUSH_READY', 'QE'],
      ['QE', 'REL_PREP'],
    ])
  })
})

describe('Pulp', () => {
  it('maps repository ids to content sets and skips unknown ids', async () => {
    const { urls } = await labForTest()
    const search = async (body: unknown) => {
      const response = await fetch(`${urls.PULP_URL}/pulp/api/v2/repositories/search/`, {
        method: 'POST',
        body: JSON.stringify(body),
      })
      return { status: response.status, body: await response.json() }
    }
    const id = 'rhel-8-for-x86_64-baseos-rpms__8_DOT_9__x86_64'
    const found = await search({
      criteria: { filters: { id: { $in: [id, 'unknown', 'constructor'] } }, fields: ['notes'] },
    })
    expect(found).toMatchObject({
      status: 200,
      body: [{ id, notes: { content_set: 'rhel-8-for-x86_64-baseos-rpms' } }],
    })
    expect((await search({ filters: {} })).status).toBe(400)
  })
})
