/** Pyxis: a query returns exactly the requested fields of exactly the records that match its filter. */
import { describe, expect, it } from 'vitest'
import { type PyxisAnswer, pyxisForTest } from '../../../../support/lab/pyxis.ts'

const NODEJS = 'nodejs-18-container-1-92'
const bothArches = (nvr: string) => [`${nvr}/amd64`, `${nvr}/arm64`]

describe('a query', () => {
  it('returns exactly the named fields, under their aliases', async () => {
    const { query } = await pyxisForTest()
    const answer = await query(`{
      found: find_images_by_nvr(nvr: "${NODEJS}", page_size: 1) {
        total
        data { arch: architecture brew { build package } repositories { repository tags { name } } }
      }
      get_ping
    }`)
    expect(answer).toEqual({
      data: {
        get_ping: 'pong',
        found: {
          total: 2,
          data: [
            {
              arch: 'amd64',
              brew: { build: NODEJS, package: 'nodejs-18-container' },
              repositories: [
                { repository: 'ubi8/nodejs-18', tags: [{ name: 'latest' }, { name: '1' }, { name: '1-92' }] },
              ],
            },
          ],
        },
      },
    })
  })

  it('returns the packages of the record, with the names of its architecture', async () => {
    const { query } = await pyxisForTest()
    const answer = await query(
      `{ find_images_by_nvr(nvr: "${NODEJS}") { data { content_sets parent_brew_build parsed_data { labels { name value } }
         edges { rpm_manifest { error { status } data { image_id rpms { name nvra srpm_name srpm_nevra } } } } } } }`,
    )
    const arm = answer.data?.find_images_by_nvr?.data[1]
    expect(arm).toMatchObject({
      content_sets: ['rhel-8-for-aarch64-baseos-rpms', 'rhel-8-for-aarch64-appstream-rpms'],
      parent_brew_build: 's2i-core-container-1-441',
      parsed_data: { labels: expect.arrayContaining([{ name: 'release', value: '92' }]) },
      edges: { rpm_manifest: { error: null, data: { image_id: expect.any(String) } } },
    })
    const { rpms } = (arm as { edges: { rpm_manifest: { data: { rpms: unknown[] } } } }).edges.rpm_manifest
      .data
    expect(rpms).toContainEqual({
      name: 'openssl-libs',
      nvra: 'openssl-libs-1.1.1k-12.el8_9.aarch64',
      srpm_name: 'openssl',
      srpm_nevra: 'openssl-1:1.1.1k-12.el8_9.src',
    })
    expect(rpms).toContainEqual(expect.objectContaining({ nvra: 'tzdata-2024a-1.el8.noarch' }))
  })

  it('can use variables, their defaults, and literals', async () => {
    const { query } = await pyxisForTest()
    const text = `query Page($size: Int = 3, $names: [String]!) {
      find_images(page_size: $size, filter: {brew: {package: {in: $names}}}) { page_size data { architecture } } }`
    const names = ['nodejs-18-container']
    expect((await query(text, { names })).data?.find_images).toMatchObject({
      page_size: 3,
      data: { length: 3 },
    })
    expect((await query(text, { names, size: 1 })).data?.find_images).toMatchObject({
      page_size: 1,
      data: { length: 1 },
    })
    const literal = await query(`{ find_images(page_size: 2, # a comment
      filter: {and: [{brew: {package: {in: ["nodejs-18-container"]}}}, {architecture: {eq: "arm64"}}]}) { total } }`)
    expect(literal.data?.find_images?.total).toBe(2)
  })

  it('that does not match the schema is refused with the reason', async () => {
    const { post } = await pyxisForTest()
    const message = async (text: string) => {
      const response = await post(text)
      expect(response.status).toBe(400)
      return ((await response.json()) as PyxisAnswer).errors?.[0]?.message
    }
    expect(await message('{ find_images { data { colour } } }')).toBe(
      'Cannot query field "colour" on type "ContainerImage".',
    )
    expect(await message('{ find_images { data { brew } } }')).toBe(
      'Field "brew" must have a selection of subfields.',
    )
    expect(await message('{ find_images(filter: {brew: {nvr: {eq: "x"}}}) { data { architecture } } }')).toBe(
      'Field "nvr" is not defined by type "BrewFilter".',
    )
    expect(await message('{ find_images(filter: {architecture: {equals: "x"}}) { total } }')).toContain(
      'Field "equals" is not defined',
    )
    expect(await message('{ find_images(limit: 3) { total } }')).toBe(
      'Unknown argument "limit" on field "Query.find_images".',
    )
    expect(await message('{ find_images { data { architecture { name } } } }')).toContain(
      'Field "architecture" must not have a selection',
    )
    expect(await message('{ find_vendors { total } }')).toBe(
      'Cannot query field "find_vendors" on type "Query".',
    )
    expect(await message('{ find_images { data { architecture }')).toContain('Syntax Error')
    expect(await message('{ find_images { data { rpm_manifest { _id } } } }')).toContain(
      'Cannot query field "rpm_manifest"',
    )
  })

  it('is answered with a trace id', async () => {
    const { post } = await pyxisForTest()
    expect((await post('{ get_ping }')).headers.get('trace_id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a filter', () => {
  it('finds images by NVR, package, architecture and pattern', async () => {
    const { images } = await pyxisForTest()
    expect(await images({ brew: { build: { in: [NODEJS, 'no-such-1-1'] } } })).toEqual(bothArches(NODEJS))
    expect(
      await images({ and: [{ brew: { build: { eq: NODEJS } } }, { architecture: { eq: 'arm64' } }] }),
    ).toEqual([`${NODEJS}/arm64`])
    expect(await images({ brew: { package: { eq: 'nodejs-18-container' } } })).toEqual([
      ...bothArches(NODEJS),
      ...bothArches('nodejs-18-container-1-80'),
    ])
    expect(await images({ brew: { build: { regex: 'nodejs-18-container-1-.*' } } })).toHaveLength(4)
    expect(await images({ brew: { build: { iregex: '^NODEJS-18-.*-80$' } } })).toHaveLength(2)
  })

  it('finds images built by Konflux only by their missing brew build', async () => {
    const { images } = await pyxisForTest()
    expect(await images({ brew: { eq: null } })).toEqual(['undefined/amd64', 'undefined/arm64'])
    expect(await images({ brew: { build: { regex: 'konflux' } } })).toEqual([])
  })

  it('on a list must match any element, its negation all elements', async () => {
    const { images } = await pyxisForTest()
    const everything = await images({})
    const el8 = await images({ content_sets: { in: ['rhel-8-for-x86_64-baseos-rpms', 'nowhere'] } })
    const notEl8 = await images({ content_sets: { out: ['rhel-8-for-x86_64-baseos-rpms'] } })
    expect(el8.length).toBeGreaterThan(20)
    expect([...el8, ...notEl8].sort()).toEqual([...everything].sort())
    const jws = { content_sets: { all: ['jws-6-for-rhel-8-x86_64-rpms', 'rhel-8-for-x86_64-baseos-rpms'] } }
    expect(await images(jws)).toEqual([
      'webserver-60-container-6.0.1-7/amd64',
      'order-service-container-5.0-31/amd64',
    ])
    expect(await images({ content_sets_size: { gt: 2 } })).toHaveLength(4)
    expect(await images({ content_sets_size: { le: 2 } })).toHaveLength(everything.length - 4)
  })

  it('with two conditions on a list accepts different elements for them; elemMatch requires one for both', async () => {
    const { images, world } = await pyxisForTest()
    const image = world.images.find(({ nvr }) => nvr === NODEJS)
    const location = image?.locations[0]
    if (!image || !location) throw new Error('no such image')
    const draft = { ...location, repository: 'draft/nodejs-18', published: false, tags: ['draft'] }
    world.images = [{ ...image, locations: [location, draft] }]
    const conditions = [{ published: { eq: true } }, { repository: { eq: 'draft/nodejs-18' } }]
    expect(await images({ repositories: { and: conditions } })).toEqual(bothArches(NODEJS))
    expect(await images({ repositories: Object.assign({}, ...conditions) })).toEqual(bothArches(NODEJS))
    expect(await images({ repositories_elemMatch: { and: conditions } })).toEqual([])
    const onDraft = {
      repositories_elemMatch: {
        and: [{ published: { eq: false } }, { tags_elemMatch: { and: [{ name: { in: ['draft'] } }] } }],
      },
    }
    expect(await images(onDraft)).toEqual(bothArches(NODEJS))
    expect(await images({ repositories: { tags: { name: { in: ['draft'] } } } })).toEqual(bothArches(NODEJS))
  })

  it('joins with and, or, nor and not', async () => {
    const { images } = await pyxisForTest()
    const amd = { architecture: { eq: 'amd64' } }
    const nodejs = { brew: { build: { eq: NODEJS } } }
    const redis = { brew: { build: { eq: 'redis-7-container-1-19' } } }
    expect(await images({ and: [amd, { or: [nodejs, redis] }] })).toEqual([
      `${NODEJS}/amd64`,
      'redis-7-container-1-19/amd64',
    ])
    expect(await images({ and: [nodejs, { not: amd }] })).toEqual([`${NODEJS}/arm64`])
    expect(await images({ and: [nodejs, { nor: [amd, redis] }] })).toEqual([`${NODEJS}/arm64`])
    expect(await images({ or: [nodejs, redis] })).toHaveLength(4)
  })

  it('can use the packages of an image, which are not a field of the output type', async () => {
    const { images } = await pyxisForTest()
    expect(await images({ rpm_manifest: { rpms: { name: { in: ['squid', 'redis'] } } } })).toEqual([
      ...bothArches('redis-7-container-1-19'),
      ...bothArches('proxy-cache-container-6.2-10'),
    ])
  })

  it('of the search for affected images finds them, and decoys that only other rules exclude', async () => {
    const { images, world } = await pyxisForTest()
    const repositories = world.catalogue.repositories
      .filter(({ published, autoRebuildTags }) => published && (autoRebuildTags ?? []).length > 0)
      .map(({ repository }) => repository)
    const found = await images({
      and: [
        {
          repositories_elemMatch: {
            and: [
              { published: { eq: true } },
              { repository: { in: repositories } },
              { tags_elemMatch: { and: [{ name: { in: ['latest', '1'] } }] } },
            ],
          },
        },
        {
          content_sets: {
            in: [
              'rhel-8-for-x86_64-baseos-rpms',
              'rhel-8-for-aarch64-baseos-rpms',
              'rhel-9-for-x86_64-baseos-rpms',
              'rhel-9-for-aarch64-baseos-rpms',
            ],
          },
        },
        { rpm_manifest: { rpms: { name: { in: ['openssl', 'openssl-libs', 'openssl-devel'] } } } },
      ],
    })
    const nvrs = new Set(found.map((image) => image.split('/')[0]))
    const rebuilt = world.catalogue.images.filter((entry) => entry.expect === 'rebuilt')
    expect(rebuilt.filter(({ nvr }) => !nvrs.has(nvr))).toEqual([])
    for (const decoy of [
      'cert-tools-container-1.4-12',
      'payments-container-7.3-4',
      'database-tools-container-1.5-9',
    ])
      expect(nvrs).toContain(decoy)
    for (const decoy of [
      'legacy-portal-container-1.0-77',
      'toolbox-container-8.9-14',
      'internal-dashboard-container-1.2-3',
    ])
      expect(nvrs).not.toContain(decoy)
  })
})
