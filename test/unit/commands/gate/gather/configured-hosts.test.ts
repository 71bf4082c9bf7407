/** Checks which hosts count as configured by the operator. */
import { describe, expect, it } from 'vitest'
import { configuredHosts, templateHosts } from '../../../../../src/commands/gate/gather/configured-hosts.ts'
import { policiesFrom, policyYaml, SETTINGS } from '../../../../support/gate/builders.ts'

describe('configured hosts', () => {
  it('include those of all templates', () => {
    expect([...templateHosts(SETTINGS)].sort()).toEqual(['git.example.com', 'src.fedoraproject.org'])
    const old = {
      remoteRulePolicies: new Map(),
      distGitUrlTemplate: 'http://old.example.com:8080/{pkg_name}/raw/{rev}',
    }
    expect([...templateHosts(old)]).toEqual(['old.example.com:8080'])
  })

  it("include those of sources in the server's own policies, and those of the setting", () => {
    const [policy] = policiesFrom(
      policyYaml('p', ['!RemoteRule {sources: ["https://inner.example.com/{rev}"]}']),
    )
    const hosts = configuredHosts(
      { ...SETTINGS, onDemandSourceHosts: new Set(['more.example.com']) },
      policy ? [policy] : [],
    )
    expect(hosts).toContain('inner.example.com')
    expect(hosts).toContain('more.example.com')
    expect(hosts).toContain('src.fedoraproject.org')
  })

  it.each([
    'https://{pkg_name}.example.com/x',
    'https://{subject_id}/x',
    'https://example.com:{rev}/',
    'https://{rev}@example.com/',
    'https:/{subject_id}/x',
    'no url',
    '/path',
  ])('do not include that of %s, which the operator did not write', (template) => {
    const settings = { remoteRulePolicies: new Map([['*', [template]]]), distGitUrlTemplate: null }
    expect([...templateHosts(settings)]).toEqual([])
  })
})
