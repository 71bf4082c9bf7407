/** Whatever a valid settings file sets is in force with the same value and its line, and every other option has its default. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseSettings } from '../../../src/config/file.ts'
import { settingsInForce } from '../../../src/config/in-force.ts'
import { inspectSettings } from '../../../src/config/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'freshwave-in-force-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'settings.yaml')

const count = fc.integer({ min: 1, max: 1_000_000 })
const seconds = fc.double({ min: 0.001, max: 1e6, noNaN: true })
const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[:/?&]/.test(text)) // nothing to hide
const words = fc.array(word)

const options = fc.record(
  {
    requests_timeout: fc.oneof(seconds, fc.tuple(seconds, seconds)),
    requests_verify: fc.oneof(fc.boolean(), word),
    koji_timeout: seconds,
    koji_retry: count,
    build_retry_delays: fc.array(fc.nat()),
    container_release_categories: words,
    unpublished_exceptions: fc.array(fc.record({ registry: word, repository: word })),
    image_extra_repo: fc.dictionary(word, word),
    errata_rhel_release_prefix: word,
    update_base_image: fc.boolean(),
    outcomes_passed: words,
    handler_build_allowlist: fc.dictionary(
      fc.constantFrom('global', 'HandleBotasAdvisory'),
      fc.record({ image: fc.record({ advisory_name: fc.constantFrom('RH.A', '^a|b$') }) }),
    ),
    remote_rule_policies: fc.dictionary(word, fc.oneof(fc.webUrl(), fc.array(fc.webUrl()))),
    documentation_url: fc.webUrl(),
    api_max_per_page: count,
  },
  { requiredKeys: [] },
)
const ports = fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined })
const json = (value: unknown) => JSON.parse(JSON.stringify(value))

it('a valid settings file is in force as written', () => {
  fc.assert(
    fc.property(options, ports, (written, port) => {
      writeFileSync(path, stringify({ ...written, port }))
      const lines = stringify({ ...written, port }).split('\n')
      const inspected = inspectSettings({ path, environment: {} })
      expect(inspected.problems).toEqual([])
      const inForce = new Map(settingsInForce(inspected).map((setting) => [setting.name, setting]))
      const defaults: Record<string, unknown> = parseSettings('', 'x')
      for (const [name, value] of Object.entries(defaults)) {
        const setting = inForce.get(name)
        const given: unknown = Reflect.get(written, name)
        expect(setting?.value).toEqual(json(given ?? value))
        expect(setting?.from).toBe(given === undefined ? 'default' : 'file')
        if (setting?.line) expect(lines[setting.line - 1]).toMatch(new RegExp(`^${name}:`))
      }
      expect(inForce.get('PORT')).toMatchObject({
        value: port ?? 8080,
        from: port === undefined ? 'default' : 'file',
      })
    }),
    { numRuns: 200 },
  )
})
