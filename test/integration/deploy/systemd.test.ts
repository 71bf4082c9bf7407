/** The units of systemd and the quadlets: systemd itself accepts them, and finds little that a process of theirs could do. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseSettings } from '../../../src/config/file.ts'

const UNITS = 'deploy/systemd'
const PROGRAMS = ['web', 'ingest', 'worker']
/** The max exposure out of ten; systemd calls less than 2 "OK". */
const MAX_EXPOSURE = 2.5

function analyze(cwd: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { cwd, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

/** Section -> lines `Key=value`. */
function sectionsOf(text: string): Map<string, string[]> {
  const parts = text.split(/^\[(\w+)\]$/m).slice(1)
  return new Map(
    parts.flatMap((name, index) =>
      index % 2 === 0
        ? [[name, (parts[index + 1] ?? '').split('\n').filter((line) => /^\w+=/.test(line))]]
        : [],
    ),
  )
}

describe('units', () => {
  it.each([
    'freshwave.target',
    'freshwave-migrate.service',
    ...[...PROGRAMS, 'gate'].map((program) => `freshwave@${program}.service`),
  ])('%s is accepted without a remark', (unit) => {
    expect(analyze(UNITS, 'verify', `./${unit}`)).toEqual({ status: 0, output: '' })
  })

  it.each(['freshwave@.service', 'freshwave-migrate.service'])(
    `%s exposes less than ${MAX_EXPOSURE}`,
    (unit) => {
      const { status, output } = analyze(UNITS, 'security', '--offline=true', '--threshold=25', `./${unit}`)
      expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1])).toBeLessThan(MAX_EXPOSURE)
      expect(status).toBe(0)
    },
  )

  it('also start where the migrations failed, and again after new migrations', () => {
    for (const file of ['deploy/systemd/freshwave@.service', ...globSync('deploy/quadlet/freshwave-[!m]*')]) {
      const unit = sectionsOf(readFileSync(file, 'utf8')).get('Unit') ?? []
      const of = (key: string) => unit.filter((line) => line.startsWith(`${key}=`)).join(' ')
      for (const key of ['Wants', 'After', 'PartOf']) expect(of(key)).toContain('freshwave-migrate.service')
      expect(of('Requires')).toBe('')
    }
  })

  it('end before the target that they are part of, so that stopping it waits for them', () => {
    const unit = (file: string) => sectionsOf(readFileSync(`${UNITS}/${file}`, 'utf8')).get('Unit') ?? []
    for (const file of ['freshwave@.service', 'freshwave-migrate.service']) {
      expect(unit(file).find((line) => line.startsWith('After='))).toContain('freshwave.target')
      expect(unit(file).find((line) => line.startsWith('PartOf='))).toContain('freshwave.target')
    }
  })

  it('start at boot where a single one of them is enabled, as on a machine with workers only', () => {
    const install = sectionsOf(readFileSync(`${UNITS}/freshwave@.service`, 'utf8')).get('Install')
    expect(install).toEqual(['WantedBy=multi-user.target'])
  })

  it('restrict the migrations as they restrict the processes', () => {
    const restrictions = (unit: string) =>
      readFileSync(join(UNITS, unit), 'utf8')
        .split('# Access to the machine\n')[1]
        ?.match(/^\w+=.*$/gm)
    const kept = restrictions('freshwave@.service')?.filter((line) => !line.startsWith('WantedBy='))
    expect(kept?.length).toBeGreaterThan(20)
    expect(restrictions('freshwave-migrate.service')).toEqual(kept)
  })
})

/** podman-systemd.unit(5), as far as the files use it. */
const CONTAINER_KEYS = new Set([
  ...['Image', 'Exec', 'Network', 'EnvironmentFile', 'Environment', 'Volume', 'PublishPort', 'HealthCmd'],
  ...['HealthInterval', 'HealthTimeout', 'HealthStartPeriod'],
  ...['ReadOnly', 'ReadOnlyTmpfs', 'DropCapability', 'NoNewPrivileges', 'StopTimeout'],
])

describe('quadlets', () => {
  const files = globSync('deploy/quadlet/*.container').sort()
  const read = (file: string) => sectionsOf(readFileSync(file, 'utf8'))

  const settingOf = (program: string, section: string, key: string) =>
    read(`deploy/quadlet/freshwave-${program}.container`)
      .get(section)
      ?.find((line) => line.startsWith(`${key}=`))
      ?.slice(key.length + 1)

  it('start each program', () => {
    const programs = files.map((file) =>
      read(file)
        .get('Container')
        ?.find((line) => line.startsWith('Exec=')),
    )
    expect(programs).toEqual(['Exec=ingest', 'Exec=migrate', 'Exec=web', 'Exec=worker'])
  })

  it.each(files)('%s has keys that podman knows, a read-only root and no capabilities', (file) => {
    const container = read(file).get('Container') ?? []
    const unknown = container.filter((line) => !CONTAINER_KEYS.has(line.split('=', 1)[0] ?? ''))
    expect(unknown).toEqual([])
    expect(container).toEqual(
      expect.arrayContaining(['ReadOnly=true', 'DropCapability=all', 'NoNewPrivileges=true']),
    )
  })

  it('check the health of each process that stays, and publish its metrics on loopback', () => {
    const lines = (program: string, key: RegExp) =>
      read(`deploy/quadlet/freshwave-${program}.container`)
        .get('Container')
        ?.filter((line) => key.test(line))
    const health = ['HealthCmd=CMD /usr/local/bin/node bin/health.mjs']
    for (const program of PROGRAMS) expect(lines(program, /^HealthCmd/)).toEqual(health)
    expect(lines('migrate', /^HealthCmd/)).toEqual(['HealthCmd=none'])
    for (const [program, port] of [
      ['ingest', 9101],
      ['worker', 9102],
    ] as const)
      expect(lines(program, /METRICS|Publish/)).toEqual([
        'Environment=METRICS_HOST=0.0.0.0',
        `Environment=METRICS_PORT=${port}`,
        `PublishPort=127.0.0.1:${port}:${port}`,
      ])
  })

  it('do not call a process unhealthy while it may wait for PostgreSQL and Redis, and neither does the image', () => {
    const { start_patience_s: patience } = parseSettings('', 'defaults')
    const periods = [
      /--start-period=(\d+)s/.exec(readFileSync('deploy/Containerfile', 'utf8'))?.[1],
      ...PROGRAMS.map((program) => settingOf(program, 'Container', 'HealthStartPeriod')?.replace(/s$/, '')),
    ].map(Number)
    expect(Math.min(...periods)).toBeGreaterThan(patience)
  })

  it('let podman end a container that does not stop before systemd ends podman', () => {
    for (const program of PROGRAMS)
      expect(Number(settingOf(program, 'Container', 'StopTimeout'))).toBeLessThan(
        Number(settingOf(program, 'Service', 'TimeoutStopSec')),
      )
  })

  it('have web listen on the port that is published, whatever port the settings file has', () => {
    const container = read('deploy/quadlet/freshwave-web.container').get('Container')
    expect(container).toEqual(
      expect.arrayContaining(['Environment=PORT=8080', 'PublishPort=127.0.0.1:8080:8080']),
    )
  })

  it.each(files)('%s becomes a unit that systemd accepts', (file) => {
    const folder = mkdtempSync(join(tmpdir(), 'freshwave-quadlet-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const other of files) {
      const sections = read(other)
      sections.delete('Container')
      sections.get('Service')?.push('ExecStart=/bin/true') // what podman writes in place of the section
      const text = [...sections].map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`).join('\n')
      writeFileSync(join(folder, `${basename(other, '.container')}.service`), text)
    }
    const unit = `./${basename(file, '.container')}.service`
    expect(analyze(folder, 'verify', unit)).toEqual({ status: 0, output: '' })
  })
})
