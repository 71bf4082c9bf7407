/** Names inside options that come from closed sets: one that is not known stops the start, with its line and the nearest known one. */
import { describe, expect, it } from 'vitest'
import { fileSchema } from '../../../../src/config/file.ts'
import { inspectFile } from '../../../../src/config/options/inspect.ts'
import { CRITERIA } from '../../../../src/domain/rebuild/discover/criteria.ts'

const inspect = (text: string) => inspectFile(fileSchema, text, 'my.yaml')

describe('a misspelled name is refused', () => {
  it.each<[what: string, text: string, problem: string]>([
    [
      'a handler',
      'handler_build_allowlist:\n  RebuildImagesOnRpmAdvisory: {image: {manual: true}}',
      '2: handler_build_allowlist.RebuildImagesOnRpmAdvisory: is not a known handler; did you mean RebuildImagesOnRPMAdvisoryChange?',
    ],
    [
      'global',
      'handler_build_blocklist:\n  Global:\n    image: {manual: true}',
      '2: handler_build_blocklist.Global: is not a known handler; did you mean global?',
    ],
    [
      'an artifact type',
      'handler_build_blocklist:\n  global:\n    images: {manual: true}',
      '3: handler_build_blocklist.global.images: is not a known artifact type; did you mean image?',
    ],
    [
      'a criterion',
      'handler_build_allowlist:\n  global:\n    image:\n      manual: true\n      advisory_product_shortname: RHEL',
      '5: handler_build_allowlist.global.image.advisory_product_shortname: is not a known criterion; did you mean advisory_product_short_name?',
    ],
    [
      'a criterion in a group of a group',
      'handler_build_allowlist:\n  global:\n    image:\n    - all\n    - - manual: true\n      - [any, [{dryrun: true}]]',
      '6: handler_build_allowlist.global.image[1][1][1][0].dryrun: is not a known criterion; did you mean dry_run?',
    ],
    [
      'a role',
      'permissions:\n  admin: {}\n  admins: {users: [me]}',
      '3: permissions.admins: is not a known role; did you mean admin?',
    ],
  ])('%s', (_what, text, problem) => {
    const { problems, settings } = inspect(text)
    expect(problems).toEqual([`my.yaml:${problem}`])
    expect(settings).toBeUndefined()
  })

  it.each([
    ['advisory_is_major_incident', '"true"', 'True, False'],
    ['manual', 'yes', 'True, False'],
    ['advisory_security_impact', '[Critical, Important]', 'critical, important, moderate, low, none'],
    [
      'advisory_state',
      'shipped_live',
      'NEW_FILES, QE, REL_PREP, PUSH_READY, IN_PUSH, SHIPPED_LIVE, DROPPED_NO_SHIP',
    ],
  ])('also a value that %s never has: %s', (criterion, pattern, values) => {
    const { problems } = inspect(`handler_build_blocklist: {global: {image: {${criterion}: ${pattern}}}}`)
    expect(problems).toEqual([
      `my.yaml:1: handler_build_blocklist.global.image.${criterion}: can never match; it is one of ${values}`,
    ])
  })

  it('but not a value that it can have, however it is written', () => {
    const rule =
      '{manual: true, published: None, dry_run: [false, x], advisory_is_contract_priority: "T", advisory_security_impact: "(?i)CRIT", advisory_state: [SHIPPED, x]}'
    expect(inspect(`handler_build_allowlist: {global: {image: ${rule}}}`).problems).toEqual([])
  })

  it('with all known names where none is near', () => {
    expect(inspect('permissions: {chief_rebuild_officer_of_the_year: {}}').problems).toEqual([
      expect.stringMatching(
        /is not a known role; known are admin, manual_rebuilder, freshmaker_async_rebuilders$/,
      ),
    ])
  })

  it.each(['__proto__', 'constructor', 'toString'])('also %s', (name) => {
    const { problems } = inspect(
      `handler_build_allowlist: {"${name}": {image: []}, global: {"${name}": [], image: {"${name}": 1}}}\npermissions: {"${name}": {}}`,
    )
    for (const kind of ['handler', 'artifact type', 'criterion', 'role'])
      expect(problems.join('\n')).toContain(`${name}: is not a known ${kind};`)
  })

  it('together with what else is wrong with the rule', () => {
    const { problems } = inspect('handler_build_allowlist: {global: {image: {advisory_nam: "te(st"}}}')
    expect(problems).toHaveLength(2)
    expect(problems.join()).toMatch(/te\(st.*advisory_nam: is not a known criterion/s)
  })
})

describe('rules may name', () => {
  it('every criterion, also where the stages of a handler have none of it', () => {
    const rule = JSON.stringify(Object.fromEntries(CRITERIA.map((name) => [name, '.*'])))
    expect(
      inspect(`handler_build_blocklist: {RebuildImagesOnAsyncManualBuild: {image: ${rule}}}`),
    ).toMatchObject({ problems: [], ignored: [] })
  })

  it('handlers and artifact types of Freshmaker that have no rules here, which are reported as ignored', () => {
    const { problems, ignored } = inspect(
      'handler_build_allowlist:\n' +
        '  RebuildImagesOnParentImageBuild: {image: {}}\n' +
        '  RebuildFlatpakApplicationOnModuleReady: {image: {name: a}}\n' +
        '  global: {module: {branch: master}}\n',
    )
    expect(problems).toEqual([])
    expect(ignored).toEqual([
      {
        option: 'handler_build_allowlist.RebuildImagesOnParentImageBuild',
        line: 2,
        because: 'there is no such handler; building on a new parent is a stage of every event',
      },
      {
        option: 'handler_build_allowlist.RebuildFlatpakApplicationOnModuleReady',
        line: 3,
        because: 'this handler needs no rule',
      },
      {
        option: 'handler_build_allowlist.global.module',
        line: 4,
        because: 'only artifacts of type image are rebuilt',
      },
    ])
  })

  it('anything where their shape is wrong: only the shape is reported', () => {
    for (const value of ['5', 'text', '[a]', '{global: 5}', '{global: {image: 5}}'])
      expect(inspect(`handler_build_allowlist: ${value}`).problems).toHaveLength(1)
  })
})
