/** Hostile texts on the command line, in the environment, in the settings file and in policies: a clear error or an answer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE_PARTS } from '../support/api/hostile-texts.ts'
import { policyYaml } from '../support/gate/builders.ts'
import { type Run, runCommand } from '../support/programs/command-line.ts'
import { DEAD_URL } from '../support/servers/http-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-hostile-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** No argument and no variable of a process can have a NUL; half a surrogate pair arrives as U+FFFD. */
const PASSABLE = HOSTILE_PARTS.filter((part) => part !== '\0')
const ALL = PASSABLE.join(' ')
const LONG = `${ALL} `.repeat(500)
const RESERVED = { POLICIES_DIR: 'conf/policies', RESULTSDB_API_URL: DEAD_URL, WAIVERDB_API_URL: DEAD_URL }

/** No stack trace, nothing that a terminal would obey, and an exit code of the command itself. */
function expectClear({ code, out, err }: Run, codes: readonly number[]): void {
  expect(codes, err + out).toContain(code)
  expect(err + out).not.toMatch(/^ +at .*:\d+:\d+/m)
  expect(err + out).not.toMatch(/(?!\n)\p{Cc}/u)
  if (code !== 0) expect(err).not.toBe('')
}

describe('an argument', () => {
  it.each([
    ['short', ALL],
    ['long', LONG],
  ])('(%s) of decide', async (_title, text) => {
    const args = ['decide', `a${text}`, '-c', `c${text}`, '-p', `p${text}`, '-t', `t${text}`, '--explain']
    expectClear(await runCommand(args, { env: RESERVED }), [1, 2])
    expectClear(
      await runCommand(['decide', 'a', '-c', 'c', '-p', 'v', '--when', text], { env: RESERVED }),
      [1, 2],
    )
  })

  it.each([
    ['event'],
    ['builds', '--state'],
    ['rebuild'],
    ['verify'],
    ['events', '--url'],
    ['why', '--timeout'],
    ['config', 'check'],
    ['config', 'show'],
    [],
  ])('of %j %j', async (...command) => {
    expectClear(await runCommand([...command, LONG], { env: { FRESHWAVE_URL: DEAD_URL } }), [1, 2, 3])
  })
})

describe('the environment', () => {
  it.each([
    'PORT',
    'HOST',
    'DATABASE_URL',
    'AMQP_URL',
    'REMOTE_RULE_POLICIES',
    'AUTH_BACKEND',
    'FRESHWAVE_CONFIG',
  ])('with hostile texts in %s', async (name) => {
    expectClear(await runCommand(['config', 'show'], { env: { [name]: LONG } }), [0, 2])
  })
})

describe('a settings file', () => {
  it.each([
    ['raw bytes', Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])],
    ['raw texts', HOSTILE_PARTS.join('\n')],
    ['names', HOSTILE_PARTS.map((part) => `${JSON.stringify(part)}: 1`).join('\n')],
    ['a value', `documentation_url: ${JSON.stringify(HOSTILE_PARTS.join(' '))}`],
    ['a long name', `${'x'.repeat(100_000)}: 1`],
    ['an unclosed text', `jira_email: "${ALL}`],
  ])('of %s', async (_title, text) => {
    const path = join(folder, 'settings.yaml')
    writeFileSync(path, text)
    expectClear(await runCommand(['config', 'show', path]), [0, 2])
  })
})

describe('a policy file', () => {
  it.each([
    ['raw bytes', Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])],
    ['raw texts', HOSTILE_PARTS.join('\n')],
    ['a name', policyYaml('p', []).replace('id: p', `id: ${JSON.stringify(HOSTILE_PARTS.join(' '))}`)],
    ['a context', policyYaml('p', [], { decision_context: JSON.stringify(HOSTILE_PARTS.join(' ')) })],
    ['a tag', '--- !\u001b[2JPolicy\nid: a\n'],
  ])('of %s', async (title, text) => {
    const policies = join(folder, title.replaceAll(' ', '-'))
    mkdirSync(policies)
    writeFileSync(join(policies, 'policies.yaml'), text)
    const env = { ...RESERVED, POLICIES_DIR: policies }
    expectClear(await runCommand(['decide', 'a', '-c', 'c', '-p', 'v', '--explain'], { env }), [0, 1, 2])
  })
})
