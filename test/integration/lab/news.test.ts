/** The lab publishes new results and waivers in the selected format and envelope. */
import { expect, it } from 'vitest'
import { labForTest } from '../../support/lab/lab.ts'

const DATA = { item: 'glibc-1.0-1.fc26', type: 'koji_build' }

async function published(format: object | undefined) {
  const { controlUrl, urls, messages } = await labForTest()
  if (format) await fetch(`${controlUrl}/lab/bus/format`, { method: 'POST', body: JSON.stringify(format) })
  const post = (url: string, body: object) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('alice:x')}` }
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  await post(`${urls.RESULTSDB_API_URL}/results`, { testcase: 't1', outcome: 'PASSED', data: DATA })
  await post(`${urls.WAIVERDB_API_URL}/waivers/`, {
    subject_type: DATA.type,
    subject_identifier: DATA.item,
    testcase: 't1',
    product_version: 'fedora-26',
    comment: 'known',
  })
  return messages
}

it('news is bare and as ResultsDB has it when nothing is selected', async () => {
  expect(await published(undefined)).toMatchObject([
    { topic: 'VirtualTopic.eng.resultsdb.result.new', body: { id: 1, testcase: { name: 't1' } } },
    { topic: 'VirtualTopic.eng.waiverdb.waiver.new', body: { id: 1, testcase: 't1' } },
  ])
})

it('news can be as taskotron wrote results', async () => {
  expect((await published({ results: 'taskotron' }))[0]?.body).toEqual({
    task: { name: 't1', ...DATA },
    result: {
      id: 1,
      outcome: 'PASSED',
      submit_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
      prev_outcome: null,
      log_url: null,
    },
  })
})

it.each(['fedmsg', 'umb'])('news can be in the envelope %s', async (envelope) => {
  expect((await published({ envelope })).map(({ body }) => body)).toMatchObject([
    { topic: expect.stringMatching(/resultsdb\.result\.new$/), msg: { id: 1 } },
    { topic: expect.stringMatching(/waiverdb\.waiver\.new$/), msg: { testcase: 't1' } },
  ])
})

it('news cannot have a format that does not exist', async () => {
  const { controlUrl } = await labForTest()
  const answer = await fetch(`${controlUrl}/lab/bus/format`, { method: 'POST', body: '{"results": "xml"}' })
  expect(answer.status).toBe(400)
})
