/** `freshwave config`: what it prints for people and programs, and its exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/programs/command-line.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const fileWith = (text: string) => {
  const path = join(folder, 'my.yaml')
  writeFileSync(path, text)
  return path
}
const config = (args: string[], env: Record<string, string> = {}) => runCommand(['config', ...args], { env })

const BROKEN = `requests_timout: 5
koji_retry: often
pulp_crt_path: /no/such.pem
errata_tool_server_url: ftp://errata
net_timeout: 120
`

describe('config check', () => {
  it('reports everything that is wrong at once, with exit code 2', async () => {
    const path = fileWith(BROKEN)
    const env = { FRESHWAVE_CONFIG: path, PORT: 'x', POLICIES_DIR: '/no/such/folder' }
    const { code, out, err } = await config(['check'], env)
    expect(code).toBe(2)
    expect(err.trimEnd().split('\n')).toEqual([
      'The settings cannot be used:',
      '  - PORT: expected a number',
      `  - ${path}:4: errata_tool_server_url: must be an http or https URL (it sets ERRATA_URL)`,
      `  - ${path}:1: requests_timout: is not an option; did you mean requests_timeout?`,
      `  - ${path}:2: koji_retry: expected a number; found "often"`,
      `  - ${path}:3: pulp_crt_path and ${path}: pulp_key_path: set both or neither`,
      expect.stringMatching(/^ {2}- POLICIES_DIR: ENOENT/),
    ])
    expect(out).toBe(`${path}:5: net_timeout is ignored: replaced by requests_timeout and request_attempts\n`)
    const json = JSON.parse((await config(['check', '--json'], env)).out)
    expect(json).toMatchObject({ file: path, ignored: [{ option: 'net_timeout', line: 5 }] })
    expect(json.problems).toHaveLength(6)
  })

  it('reports templates of rule files that nothing can be fetched with, although the service starts with them', async () => {
    const templates = `{"*": ["HTTPS://git/{{x}}/{pkg_namespace}{pkg_name}?{rev}", ftp://git], x: "https://u:secret@git/{commit}"}`
    const path = fileWith(`remote_rule_policies: ${templates}\ndist_git_url_template: "https://git/}"\n`)
    const { code, err } = await config(['check'], { FRESHWAVE_CONFIG: path })
    expect(code).toBe(2)
    const known = 'which is not a placeholder; known are {pkg_name}, {pkg_namespace}, {rev}, {subject_id}'
    expect(err.trimEnd().split('\n').slice(1)).toEqual([
      '  - remote_rule_policies, *: the template ftp://git must begin with https:// or http://',
      `  - remote_rule_policies, x: the template https://u:***@git/{commit} has {commit}, ${known}`,
      `  - dist_git_url_template: the template https://git/} has }, ${known}`,
    ])
  })

  it('accepts the settings of the installation, with exit code 0', async () => {
    const { code, out, err } = await config(['check'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^\/.+\/conf\/freshwave\.yaml: can be used\n$/)
  })

  it('reports a folder for the data that cannot be written, but not where there is a database or only the gate', async () => {
    const DATA_DIR = join(fileWith(''), 'data')
    const inTheWay = join(folder, 'my.yaml')
    const { code, err } = await config(['check'], { DATA_DIR })
    expect([code, err.trimEnd().split('\n')[1]]).toEqual([
      2,
      `  - DATA_DIR: the embedded PostgreSQL cannot be kept in ${DATA_DIR}: ${inTheWay} is not a folder`,
    ])
    expect((await config(['check', '--only', 'gate'], { DATA_DIR })).code).toBe(0)
    expect((await config(['check'], { DATA_DIR, DATABASE_URL: 'postgres://db.example.com/db' })).code).toBe(0)
  })

  it('reports that the package for Kerberos is missing, which the start does not', async () => {
    const env = { KOJI_AUTH: 'gssapi', FRESHWAVE_CONFIG: fileWith('krb_auth_principal: me@REALM') }
    const { code, err } = await config(['check'], env)
    expect([code, err.trimEnd().split('\n')[1]]).toEqual([
      2,
      "  - KOJI_AUTH, krb_auth_principal: Kerberos needs the npm package 'kerberos': npm install --no-save kerberos",
    ])
    expect((await config(['check', '--only', 'gate'], env)).code).toBe(0)
  })

  it('reports a login at ODCS only where ODCS is used, since Freshmaker has that setting by default', async () => {
    const env = { FRESHWAVE_CONFIG: fileWith('odcs_auth_mech: kerberos') }
    expect((await config(['check'], env)).code).toBe(0)
    const { code, err } = await config(['check'], { ...env, ODCS_URL: 'https://odcs.example.com' })
    expect([code, err]).toEqual([2, expect.stringContaining('  - odcs_auth_mech: Kerberos needs')])
  })

  it('names the variable that a misspelled one was probably meant to be, without its value', async () => {
    const env = { DATABSE_URL: 'postgres://me:hunter2@host/db', FRESHWAVE_URl: 'hunter2' }
    const { code, out, err } = await config(['check'], env)
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n').slice(0, 2)).toEqual([
      'DATABSE_URL is not a known variable; did you mean DATABASE_URL?',
      'FRESHWAVE_URl is not a known variable; did you mean FRESHWAVE_URL?',
    ])
    const json = await config(['check', '--json'], env)
    expect(JSON.parse(json.out).misspelled).toEqual([
      { variable: 'DATABSE_URL', nearest: 'DATABASE_URL' },
      { variable: 'FRESHWAVE_URl', nearest: 'FRESHWAVE_URL' },
    ])
    expect(out + json.out).not.toContain('hunter2')
  })

  it('names the variables of Freshmaker and Greenwave, with what replaces them and without their values', async () => {
    const env = { MONITOR_STANDALONE_METRICS_SERVER_PORT: 'hunter2', GREENWAVE_POLICIES_DIR: 'hunter2' }
    const { code, out } = await config(['check'], env)
    expect(code).toBe(0)
    expect(out.split('\n').slice(0, 2)).toEqual([
      'MONITOR_STANDALONE_METRICS_SERVER_PORT is ignored: replaced by METRICS_HOST and METRICS_PORT',
      'GREENWAVE_POLICIES_DIR is ignored: replaced by POLICIES_DIR',
    ])
    const json = await config(['check', '--json'], env)
    expect(JSON.parse(json.out).ignored_variables).toEqual([
      {
        variable: 'MONITOR_STANDALONE_METRICS_SERVER_PORT',
        because: 'replaced by METRICS_HOST and METRICS_PORT',
      },
      { variable: 'GREENWAVE_POLICIES_DIR', because: 'replaced by POLICIES_DIR' },
    ])
    expect(out + json.out).not.toContain('hunter2')
  })

  it('documents its exit codes', async () => {
    for (const command of ['check', 'show'])
      expect((await config([command, '--help'])).out.replace(/\s+/g, ' ')).toContain(
        'exit code 0: the settings are valid, 2: they are not, or the command line is wrong',
      )
    expect((await config(['chek'])).code).toBe(2)
  })
})

describe('config show', () => {
  const SETTINGS = `koji_timeout: 45
jira_token: hunter2
errata_tool_server_url: https://errata.example.com
max_thread_workers: 3
`
  const env = {
    DATABASE_URL: 'postgres://me:hunter2@host/db',
    AMQP_URL: 'amqp://me:hunter2@a,amqp://me:hunter2@b',
    KOJI_PASSWORD: 'hunter2',
  }

  it('prints each value with its origin, and no secret', async () => {
    const path = fileWith(SETTINGS)
    const { code, out, err } = await config(['show', path], env)
    expect([code, err]).toEqual([0, ''])
    const rows = out.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows).toContainEqual(['PORT', 'default', '8080'])
    expect(rows).toContainEqual(['DATABASE_URL', 'environment', 'postgres://me:***@host/db'])
    expect(rows).toContainEqual(['KOJI_PASSWORD', 'environment', '***'])
    expect(rows).toContainEqual(['REDIS_URL', 'default', '(not set)'])
    expect(rows).toContainEqual(['koji_timeout', `${path}:1`, '45'])
    expect(rows).toContainEqual(['jira_token', `${path}:2`, '***'])
    expect(rows).toContainEqual([
      'ERRATA_URL',
      `${path}:3 errata_tool_server_url`,
      'https://errata.example.com',
    ])
    expect(out).not.toContain('hunter2')
  })

  it('prints the same as JSON for programs', async () => {
    const { out } = await config(['show', fileWith(SETTINGS), '--json'], env)
    const { settings, ignored } = JSON.parse(out)
    expect(settings).toMatchObject({
      PORT: { value: 8080, from: 'default' },
      AMQP_URL: { value: ['amqp://me:***@a', 'amqp://me:***@b'], from: 'environment' },
      ERRATA_URL: { from: 'file', line: 3, option: 'errata_tool_server_url' },
      koji_timeout: { value: 45, from: 'file', line: 1 },
    })
    expect(ignored).toMatchObject([{ option: 'max_thread_workers', line: 4 }])
    expect(out).not.toContain('hunter2')
  })

  it('prints the problems of settings that cannot be used, with exit code 2', async () => {
    const { code, out, err } = await config(['show', fileWith('koji_retry: often')])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/my\.yaml:1: koji_retry: expected a number; found "often"\n$/)
  })
})
