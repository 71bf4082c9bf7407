/** The chart with what clusters already have: Secrets of operators, ConfigMaps with authorities, IPv6, host names of earlier services. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Helm, type Manifest, openHelm } from '../../support/programs/helm.ts'

type Container = {
  env: { name: string; value?: string; valueFrom?: unknown }[]
  volumeMounts: { name: string; mountPath: string }[]
}
type Pod = { containers: [Container]; volumes: { name: string; configMap?: { name: string } }[] }

let helm: Helm
beforeAll(() => {
  helm = openHelm()
})
afterAll(() => helm?.remove())

const render = (...values: string[]) => helm.render(...values.flatMap((value) => ['--set', value]))

/** The pods of all programs and of the migrations; the other test of the chart checks them by the schemas. */
function podsIn(manifests: Manifest[]): Pod[] {
  const started = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  expect(started).toHaveLength(4)
  return started.map(({ spec }) => {
    const template = spec?.['template'] as { spec: Pod }
    return template.spec
  })
}

it('takes variables from Secrets of others, under the keys that those have', () => {
  const valueFrom = { secretKeyRef: { name: 'postgres-app', key: 'uri' } }
  const reference = JSON.stringify({
    DATABASE_URL: { valueFrom },
    PUBLIC_URL: 'https://freshwave.example.com',
  })
  for (const { containers } of podsIn(helm.render('--set-json', `env=${reference}`))) {
    const [{ env }] = containers
    expect(env).toContainEqual({ name: 'DATABASE_URL', valueFrom })
    expect(env).toContainEqual({ name: 'PUBLIC_URL', value: 'https://freshwave.example.com' })
  }
})

it('defines what comes from elsewhere before the values that may refer to it', () => {
  const fieldRef = { fieldPath: 'metadata.name' }
  const env = JSON.stringify({
    OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=$(POD)',
    POD: { valueFrom: { fieldRef } },
  })
  for (const { containers } of podsIn(helm.render('--set-json', `env=${env}`))) {
    const names = containers[0].env.map(({ name }) => name)
    expect(names.indexOf('POD')).toBeLessThan(names.indexOf('OTEL_RESOURCE_ATTRIBUTES'))
    expect(names).toContain('POD')
  }
})

it.each([
  ['a secret value in plain sight', { REDIS_URL: 'redis://:secret@redis' }, /REDIS_URL.*want object/],
  ['a misspelled reference', { REDIS_URL: { valuefrom: {} } }, /'valuefrom' not allowed/],
  [
    'a reference where the chart needs the text',
    { PUBLIC_URL: { valueFrom: {} } },
    /PUBLIC_URL.*want string/,
  ],
])('refuses %s', (_what, env, message) => {
  const { output, status } = helm.run(
    ...['template', 'freshwave', 'deploy/chart', '--set-json', `env=${JSON.stringify(env)}`],
  )
  expect(status).toBe(1)
  expect(output).toMatch(message)
})

it('mounts ConfigMaps, such as those in which clusters distribute authorities', () => {
  const path = '/etc/freshwave/ca'
  for (const { containers, volumes } of podsIn(
    render(
      `configMapMounts[0].path=${path}`,
      'configMapMounts[0].name=trust',
      'secretMounts[0].name=a',
      'secretMounts[0].path=/tls',
    ),
  )) {
    const mount = containers[0].volumeMounts.find(({ mountPath }) => mountPath === path)
    expect(volumes.find(({ name }) => name === mount?.name)?.configMap).toEqual({ name: 'trust' })
  }
})

it.each([
  ['0.0.0.0', []],
  ['0.0.0.0', ['listenAddress=null']],
  ['::', ['listenAddress=::']],
])('listens on %s, where pods have addresses of its kind', (address, values) => {
  const hosts = podsIn(render(...values)).flatMap(({ containers }) =>
    containers[0].env.filter(({ name }) => name === 'HOST' || name === 'METRICS_HOST'),
  )
  expect(hosts.map(({ value }) => value)).toEqual([address, address, address])
})

it('is reached under the names of the services that it replaces too, with one certificate', () => {
  const values = [
    'enabled=true',
    'host=freshwave.example.com',
    'aliases={greenwave.example.com}',
    'tlsSecret=tls',
  ]
  const spec = render(...values.map((value) => `ingress.${value}`)).find(
    ({ kind }) => kind === 'Ingress',
  )?.spec
  const hosts = ['freshwave.example.com', 'greenwave.example.com']
  expect(spec?.['rules']).toEqual(
    hosts.map((host) => ({
      host,
      http: {
        paths: [
          {
            path: '/',
            pathType: 'Prefix',
            backend: { service: { name: 'freshwave', port: { name: 'http' } } },
          },
        ],
      },
    })),
  )
  expect(spec?.['tls']).toEqual([{ hosts, secretName: 'tls' }])
})

it('runs the gate alone, without migrations, workers, and a Secret that has to exist', () => {
  const manifests = render('only=gate', 'autoscaling.enabled=true', 'monitoring.enabled=true')
  const kinds = ['Deployment', 'Job', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service']
  const started = manifests.filter(({ kind }) => kinds.includes(kind))
  expect(started.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'Deployment freshwave-web',
    'PodDisruptionBudget freshwave-web',
    'Service freshwave',
  ])
  const deployment = started.find(({ kind }) => kind === 'Deployment')
  const envFrom = [{ secretRef: { name: 'freshwave', optional: true } }]
  expect(deployment?.spec).toMatchObject({
    template: {
      spec: { containers: [{ args: ['gate'], envFrom, livenessProbe: { httpGet: { port: 'http' } } }] },
    },
  })
})

it('says after an installation what keeps it from its work, and where its pages are', () => {
  const notes = (...values: string[]) =>
    helm
      .run(
        ...['install', 'freshwave', 'deploy/chart', '--namespace', 'stage', '--dry-run=client'],
        ...values.flatMap((value) => ['--set', value]),
      )
      .output.split('NOTES:')[1]
  expect(notes()).toMatch(/PUBLIC_URL is not set[\s\S]*handler_build_allowlist is not set/)
  expect(notes('only=gate')).not.toContain('is not set')
  const complete = notes(
    'env.PUBLIC_URL=https://x',
    'settings.handler_build_allowlist.a.image=b',
    'env.TLS_CERT=/a',
  )
  expect(complete).not.toContain('is not set')
  expect(complete).toContain('https://127.0.0.1:8080:')
  expect(complete).toContain('kubectl --namespace stage port-forward service/freshwave 8080:80')
})
