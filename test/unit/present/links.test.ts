/** Links to the pages of outside services. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { advisoryPage, resultsPage, taskPage, waiversPage } from '../../../src/present/links.ts'

describe('a link to an outside service', () => {
  it('leads to its page for people', () => {
    const env = readEnvironment({
      ERRATA_URL: 'https://errata.example.com/',
      RESULTSDB_API_URL: 'https://results.example.com/api/v2.0',
      WAIVERDB_API_URL: 'https://waivers.example.com/api/v1.0',
    })
    const nvr = 'a+b-1-1'
    expect(advisoryPage(env, '7')).toBe('https://errata.example.com/advisory/7')
    expect(resultsPage(env, nvr)).toBe('https://results.example.com/api/v2.0/results?nvr=a%2Bb-1-1')
    expect(waiversPage(env, nvr)).toBe(
      'https://waivers.example.com/api/v1.0/waivers/?subject_identifier=a%2Bb-1-1',
    )
    expect(taskPage('https://koji.example.com/kojihub', 5)).toBe(
      'https://koji.example.com/koji/taskinfo?taskID=5',
    )
  })

  it('does not have the login of the service', () => {
    const env = readEnvironment({
      ERRATA_URL: 'https://alice:hunter2@errata.example.com',
      RESULTSDB_API_URL: 'https://hunter2@results.example.com',
      WAIVERDB_API_URL: 'https://alice:hunter2@waivers.example.com',
    })
    const links = [
      advisoryPage(env, '7'),
      resultsPage(env, 'a-1-1'),
      waiversPage(env, 'a-1-1'),
      taskPage('https://alice:hunter2@koji.example.com/kojihub', 5),
    ]
    for (const link of links) expect(link).toMatch(/^https:\/\/\w+\.example\.com\//)
  })

  it('is missing where the web pages of the hub, or the page, are not known', () => {
    expect(taskPage('https://brewhub.example.com/brewhub', 5)).toBeNull()
    expect(taskPage(undefined, 5)).toBeNull()
    expect(taskPage('https://koji.example.com/kojihub', -5)).toBeNull()
    expect(advisoryPage(readEnvironment({}), '7')).toBeNull()
    expect(
      advisoryPage(readEnvironment({ ERRATA_URL: 'https://errata.example.com' }), 'async_build_1'),
    ).toBeNull()
  })
})
