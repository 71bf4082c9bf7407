/** Checks what decisions cost: calls, and for many subjects at once CPU time and memory. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { gateLab } from '../../../support/gate/lab.ts'
import { loadPolicies, loadRequest, putLoad } from '../../../support/gate/load-data.ts'

describe('with an empty cache', () => {
  it.each([
    { builds: 1, failing: 1, toResultsDb: 2, toWaiverDb: 1 },
    { builds: 100, failing: 1, toResultsDb: 4, toWaiverDb: 1 },
    { builds: 1000, failing: 10, toResultsDb: 24, toWaiverDb: 1 },
  ])(
    '$builds builds with ten tests each cost few calls',
    async ({ builds, failing, toResultsDb, toWaiverDb }) => {
      const { world, decide, calls } = await gateLab({ policies: loadPolicies() })
      putLoad(world.resultsDb, builds, failing)
      const { summary } = await decide(loadRequest(builds))
      expect(summary).toMatch(
        new RegExp(`^Of ${builds * 10} required tests, ${(builds * 10) / failing} tests failed$`),
      )
      expect(calls('resultsdb')).toBeLessThanOrEqual(toResultsDb)
      expect(calls('waiverdb')).toBe(toWaiverDb)
    },
  )

  it('10,000 builds are decided with 250 calls, 8 seconds of CPU time and 500 MB', async () => {
    const { world, urls, calls } = await gateLab()
    putLoad(world.resultsDb, 10_000, 20)
    const program = 'test/support/gate/load.ts'
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-semi-space-size=16', // as the processes of the service (decision 0068)
      program,
      urls.RESULTSDB_API_URL,
      urls.WAIVERDB_API_URL,
      '10000',
    ])
    const { summary, cpuSeconds, megabytes } = JSON.parse(stdout)
    expect(summary).toBe('Of 100000 required tests, 5000 tests failed')
    expect(calls('resultsdb') + calls('waiverdb')).toBeLessThanOrEqual(250)
    expect(cpuSeconds).toBeLessThan(8)
    expect(megabytes).toBeLessThan(500)
  })
})
