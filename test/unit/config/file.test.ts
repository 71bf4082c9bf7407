/** The settings file: defaults, the shipped file, and errors that name file, line and option. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSettings, readSettingsFile } from '../../../src/config/file.ts'
import { isAllowed } from '../../../src/domain/rebuild/discover/allow.ts'
import { BadSettings } from '../../../src/lib/errors.ts'

const SHIPPED = readFileSync('conf/freshwave.yaml', 'utf8')

const problemsOf = (text: string): string[] => {
  try {
    parseSettings(text, 'my.yaml')
    return []
  } catch (error) {
    if (error instanceof BadSettings) return error.problems
    throw error
  }
}

describe('the settings file', () => {
  it('may be empty', () => {
    expect(parseSettings('', 'x')).toMatchObject({ build_retry_delays: [0, 60], api_max_per_page: 100 })
  })

  it('allows nothing to be rebuilt by default', () => {
    expect(parseSettings('', 'x').handler_build_allowlist).toEqual({})
  })

  it.each([
    ['8.10', '8.10', true],
    ['8.10', '8.1', false],
    ['7.0', '7.4', false],
    ['[1_0, 0x1f]', '0x1f', true],
    ['010', '10', false],
    ['True', 'True', true],
  ])('takes a number in a rule as it is written: %s for version %s', (written, version, isMatch) => {
    const rule = `{global: {image: {image_version: ${written}}}}`
    const { handler_build_allowlist: allow, handler_build_blocklist: block } = parseSettings(
      `handler_build_allowlist: ${rule}\nhandler_build_blocklist: {global: {image: {image_version: 99}}}`,
      'x',
    )
    expect(isAllowed({ allow, block }, 'any', 'image', { image_version: version }).allowed).toBe(isMatch)
    expect(isAllowed({ allow, block }, 'any', 'image', { image_version: '99' }).allowed).toBe(false)
  })

  it('as shipped contains only the defaults, except for the advisories allowed to rebuild', () => {
    const { handler_build_allowlist: shippedRules, ...shipped } = parseSettings(SHIPPED, 'x')
    const { handler_build_allowlist: noRules, ...defaults } = parseSettings('', 'x')
    expect(shipped).toEqual(defaults)
    expect(shippedRules).not.toEqual(noRules)
  })
})

describe('a bad settings file', () => {
  it('has a release gate for a pattern, which no waiver can be for', () => {
    const gate = (version: string) => `release_gates: [{decision_context: c, product_version: "${version}"}]`
    expect(problemsOf(gate('rhel-9'))).toEqual([])
    expect(problemsOf(gate('rhel-*'))).toEqual([
      expect.stringMatching(/release_gates.*must be a product version, not a pattern/),
    ])
  })

  it('has an address in place of a host, which would match nothing', () => {
    expect(problemsOf('on_demand_source_hosts: [https://git.example.com/]')).toEqual([
      expect.stringMatching(/must be a host, such as git\.example\.com/),
    ])
    expect(problemsOf('on_demand_source_hosts: [git.example.com, "git:8443", "[::1]:80"]')).toEqual([])
  })

  it('is reported with every invalid option', () => {
    const problems = problemsOf('build_retry_delays: soon\nrequests_timeout: -1\nno_such_option: 1\n')
    expect(problems).toHaveLength(3)
    for (const option of ['build_retry_delays', 'requests_timeout', 'no_such_option'])
      expect(problems.some((problem) => /^my\.yaml:\d: /.test(problem) && problem.includes(option))).toBe(
        true,
      )
  })

  it('that is not valid YAML is reported with the line', () => {
    expect(problemsOf('a: [1\nb: }').join()).toMatch(/^my\.yaml:2: /)
  })

  it('with an invalid rule is reported with handler, artifact and pattern', () => {
    const text = 'handler_build_allowlist: {HandleBotasAdvisory: {image: {advisory_name: "te(st"}}}'
    expect(problemsOf(text).join()).toMatch(/HandleBotasAdvisory.*image.*te\(st/s)
  })

  it('with an invalid regular expression is reported', () => {
    expect(problemsOf('exclude_content_sets_pattern: "("').join()).toContain(
      'is not a valid regular expression',
    )
  })

  it('that does not exist is reported with its variable', () => {
    const { settings, problems } = readSettingsFile('/nowhere/at/all.yaml')
    expect([settings, problems]).toEqual([
      undefined,
      [expect.stringMatching(/^FRESHWAVE_CONFIG: ENOENT.*all\.yaml/)],
    ])
  })
})
