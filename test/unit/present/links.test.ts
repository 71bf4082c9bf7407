/** Links to the pages of outside services: they lead readers there, without our login. */
import { expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { advisoryPage, resultsPage, taskPage, waiversPage } from '../../../src/present/links.ts'

const linksOf = (login: string) => {
  const env = readEnvironment({
    ERRATA_URL: `https://${login}errata.example.com`,
    RESULTSDB_API_URL: `https://${login}results.example.com/api/v2.0`,
    WAIVERDB_API_URL: `https://${login}waivers.example.com/api/v1.0`,
  })
  return [
    taskPage(`https://${login}koji.example.com/kojihub`, 7),
    advisoryPage(env, { eventTypeId: 10, searchKey: '133001' }),
    resultsPage(env, 'a-1-1'),
    waiversPage(env, 'a-1-1'),
  ]
}

it.each(['', 'me:hunter2@', 'hunter2@', 'me:hunter@2@'])('links have no login: %j', (login) => {
  expect(linksOf(login)).toEqual([
    'https://koji.example.com/koji/taskinfo?taskID=7',
    'https://errata.example.com/advisory/133001',
    'https://results.example.com/api/v2.0/results?nvr=a-1-1',
    'https://waivers.example.com/api/v1.0/waivers/?subject_identifier=a-1-1',
  ])
})

it('a task has no link if it or the web pages of the hub are not known', () => {
  expect(taskPage('https://brewhub.example.com/brewhub', 7)).toBeNull()
  expect(taskPage(undefined, 7)).toBeNull()
  expect(taskPage('https://koji.example.com/kojihub', -7)).toBeNull()
})

it('an event has a link to its advisory unless it has none, though its key may be a number', () => {
  const env = readEnvironment({ ERRATA_URL: 'https://errata.example.com' })
  const page = (eventTypeId: number, searchKey: string) => advisoryPage(env, { eventTypeId, searchKey })
  expect(page(EVENT_TYPES.ManualBundleRebuildEvent, '7')).toBe('https://errata.example.com/advisory/7')
  expect(page(EVENT_TYPES.MBSModuleStateChangeEvent, '7')).toBeNull()
  expect(page(EVENT_TYPES.FreshmakerAsyncManualBuildEvent, '7')).toBeNull()
  expect(page(EVENT_TYPES.ErrataAdvisoryStateChangedEvent, 'RHSA-7')).toBeNull()
})
