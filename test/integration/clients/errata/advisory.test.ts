/** Advisories of the Errata Tool, combined from its views: what is missing, odd or about another advisory. */
import { describe, expect, test } from 'vitest'
import { createErrataClient, type ErrataClient } from '../../../../src/clients/errata/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { advisoryAnswers, errataWith, PAGE } from '../../../support/lab/fake-errata.ts'
import { serve } from '../../../support/servers/http-server.ts'

const ID = 36762
const RELEASE = { name: 'other', type: 'Zstream' }

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
