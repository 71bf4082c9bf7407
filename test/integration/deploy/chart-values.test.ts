/** Values of the chart as clusters have them: HTTPS, odd texts, quotas, rollbacks, a runbook to click on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertRules } from '../../support/alerts/rules.ts'
import { type Helm, type Manifest, openHelm } from '../../support/programs/helm.ts'

type Probe = { httpGet: { path: string; scheme: string }; failureThreshold: number }
type Container = {
  env: { name: string; value: unknown }[]
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
  volumeMounts: { name: string; mountPath: string }[]
  lifecycle?: { preStop: { exec: { command: string[] } } }
  resources?: unknown
}
type Volume = { name: string; secret?: { secretName: string } }
type Pod = { containers: [Container]; [key: string]: unknown }

let helm: Helm
beforeAll(() => {
  helm = openHelm()
})
afterAll(() => helm?.remove())

const render = (...values: string[]) => helm.render(...values.flatMap((value) => ['--set', value]))

/** The pods by the name of their Deployment or Job; the other test of the chart checks them by the schemas. */
function podsIn(manifests: Manifest[]): Map<string, Pod> {
  const started = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  expect(started).not.toEqual([])
  return new Map(
    started.map(({ metadata, spec }) => {
      const template = spec?.['template'] as { spec: Pod }
      return [metadata.name.replace(/^freshwave-/, ''), template.spec]
    }),
  )
}

function containerOf(program: string, manifests: Manifest[]): Container {
  const pod = podsIn(manifests).get(program)
  if (!pod) throw new Error(`${program} is not rendered`)
  return pod.containers[0]
}

const endpointsOf = (manifests: Manifest[]) =>
  manifests.find(({ kind }) => kind === 'ServiceMonitor')?.spec?.['endpoints']

describe('the chart', () => {
  it('keeps web reachable while a store or the bus is away: decisions need neither', () => {
    const { readinessProbe } = containerOf('web', render())
    expect(readinessProbe.httpGet.path).toBe('/health/live')
    expect(containerOf('worker', render()).readinessProbe.httpGet.path).toBe('/health/ready')
  })

  it('lets web go on until no request is sent to it any more', () => {
    const command = ['/usr/local/bin/node', '-e', 'setTimeout(() => {}, 5000)']
    expect(containerOf('web', render()).lifecycle).toEqual({ preStop: { exec: { command } } })
    expect(containerOf('worker', render())).not.toHaveProperty('lifecycle')
  })

  it.each([
    ['the default', [], 120],
    ['an own patience', ['settings.start_patience_s=299.5'], 360],
    ['no patience', ['settings.start_patience_s=0'], 60],
  ])('with %s lets a start wait for PostgreSQL and Redis before it is ended', (_name, values, seconds) => {
    for (const program of ['web', 'ingest', 'worker'])
      expect(containerOf(program, render(...values)).startupProbe).toMatchObject({
        failureThreshold: seconds,
        periodSeconds: 1,
      })
  })

  it('takes a stop as long as the pods may stop', () => {
    const values = ['settings.shutdown_grace_s=90', 'terminationGracePeriodSeconds=96']
    expect(podsIn(render(...values)).get('worker')).toMatchObject({ terminationGracePeriodSeconds: 96 })
    expect(() => render(...values.with(1, 'terminationGracePeriodSeconds=95'))).toThrow(
      /shutdown_grace_s \(90\)/,
    )
  })

  it.each([
    ['a certificate', ['env.TLS_CERT=/tls/tls.crt'], 'HTTPS'],
    ['one of the settings', ['settings.ssl_enabled=true', 'settings.ssl_certificate_file=/tls'], 'HTTPS'],
    ['one that is off', ['settings.ssl_certificate_file=/tls'], 'HTTP'],
    ['none', [], 'HTTP'],
  ])('with %s probes and scrapes web as it serves', (_name, values, scheme) => {
    const manifests = render('monitoring.enabled=true', ...values)
    const { startupProbe, livenessProbe, readinessProbe } = containerOf('web', manifests)
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
      expect(httpGet.scheme).toBe(scheme)
    expect(containerOf('worker', manifests).livenessProbe.httpGet.scheme).toBe('HTTP')
    expect(endpointsOf(manifests)).toEqual([
      expect.objectContaining(scheme === 'HTTPS' ? { scheme: 'https' } : { path: '/metrics' }),
    ])
  })

  it('writes numbers as they are, and text that looks like something else as text', () => {
    const numbers = ['POLL_INTERVAL_MS=1000000', 'SWEEP_INTERVAL_MS=123456789'].map((value) => `env.${value}`)
    const manifests = render(...numbers, 'env.DRY_RUN=true', 'existingSecret=yes', 'imagePullSecrets={on}')
    const env = new Map(containerOf('worker', manifests).env.map(({ name, value }) => [name, value]))
    expect(env.get('POLL_INTERVAL_MS')).toBe('1000000')
    expect(env.get('SWEEP_INTERVAL_MS')).toBe('123456789')
    expect(env.get('DRY_RUN')).toBe('true')
    const text = helm.run(
      'template',
      'f',
      'deploy/chart',
      '--set',
      'existingSecret=yes,imagePullSecrets={on}',
    )
    expect(text.output).toContain('secretRef: { name: "yes" }')
    expect(text.output).toContain('- name: "on"')
  })

  it('has web listen where it is probed, whatever port the settings file has', () => {
    const portOf = (program: string) =>
      containerOf(program, render('settings.port=5001')).env.find(({ name }) => name === 'PORT')?.value
    expect(portOf('web')).toBe('8080')
    expect(portOf('worker')).toBeUndefined()
  })

  it('mounts Secrets whose names no volume can have, and one of them twice', () => {
    const names = ['tls.example.com', 'settings', 'settings']
    const mounts = names.map(
      (name, at) => `secretMounts[${at}].name=${name},secretMounts[${at}].path=/tls/${at}`,
    )
    const pod = podsIn(render(...mounts)).get('web') as Pod & { volumes: Volume[] } // checked by the schemas
    const volumes = new Map(pod.volumes.map((volume) => [volume.name, volume]))
    expect(volumes.size).toBe(pod.volumes.length)
    for (const name of volumes.keys()) expect(name).toMatch(/^[a-z0-9-]{1,63}$/)
    const mounted = pod.containers[0].volumeMounts.filter(({ mountPath }) => mountPath.startsWith('/tls/'))
    expect(mounted.map(({ name, mountPath }) => [volumes.get(name)?.secret?.secretName, mountPath])).toEqual(
      names.map((name, at) => [name, `/tls/${at}`]),
    )
  })

  it.each([
    ['a file that the service does not read', 'policies.a\\.yml=id: one', /propertyName 'a\.yml'/],
    ['a file in a folder', 'subjectTypes.x/a\\.yaml=id: one', /propertyName 'x\/a\.yaml'/],
    ['a hidden file', 'policies.\\.a\\.yaml=id: one', /propertyName '\.a\.yaml'/],
    [
      'a label that selects the pods',
      'podLabels.app\\.kubernetes\\.io/component=a',
      /kubernetes\.io\/component/,
    ],
  ])('refuses %s', (_what, value, message) => {
    const { output, status } = helm.run('template', 'trial', 'deploy/chart', '--set', value)
    expect(status).toBe(1)
    expect(output.replaceAll(/\s+/g, ' ')).toMatch(message)
  })

  it.each(
    ['secretMounts', 'configMapMounts'].flatMap((mounts) =>
      ['/etc/freshwave/', '/etc/freshwave/settings', '/opt/freshwave', '/usr/local'].map(
        (path) => [mounts, path] as const,
      ),
    ),
  )('refuses %s at %s, which would hide its own files or the program', (mounts, path) => {
    expect(() => render(`${mounts}[0].name=a`, `${mounts}[0].path=${path}`)).toThrow(
      `the path ${path} belongs to the image or the chart`,
    )
  })

  it.each(['a.b', '1'])(
    'refuses the release name %s before anything is migrated: no Service can have it',
    (name) => {
      const { output, status } = helm.run('template', name, 'deploy/chart')
      expect(status).toBe(1)
      expect(output).toContain(`the release name "${name}" must begin with a letter`)
    },
  )

  it.each([
    [
      'a single ingest after the old one: a broker gives a durable subscription to one process',
      'ingest',
      1,
      0,
    ],
    ['one of several beside the old ones', 'ingest', 2, 1],
    ['a single worker beside the old one', 'worker', 1, 1],
  ])('starts %s', (_what, program, replicas, maxSurge) => {
    const deployment = render(`${program}.replicas=${replicas}`).find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `freshwave-${program}`,
    )
    const rollingUpdate = { maxSurge, maxUnavailable: 1 - maxSurge }
    expect(deployment?.spec?.['strategy']).toEqual({ type: 'RollingUpdate', rollingUpdate })
  })

  it('takes no variables from the Services of the namespace, and is placed as the values request', () => {
    for (const pod of podsIn(render('scheduling.nodeSelector.zone=one')).values())
      expect(pod).toMatchObject({ enableServiceLinks: false, nodeSelector: { zone: 'one' } })
  })

  it('gives each pod the labels, annotations and account of the values, beside its own', () => {
    const values = ['podLabels.team=a', 'podAnnotations.inject=b', 'serviceAccountName=c']
    const started = render(...values).filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    for (const { spec } of started)
      expect(spec?.['template']).toMatchObject({
        metadata: {
          labels: { 'app.kubernetes.io/name': 'freshwave', team: 'a' },
          annotations: { inject: 'b' },
        },
        spec: { serviceAccountName: 'c', automountServiceAccountToken: false },
      })
    expect(started).toHaveLength(4)
  })

  it('lets nodes be drained while no pod is ready, if the cluster knows that policy', () => {
    const budgets = (version: string) =>
      helm.render('--kube-version', version).filter(({ kind }) => kind === 'PodDisruptionBudget')
    for (const { spec } of budgets('1.27.0'))
      expect(spec).toHaveProperty('unhealthyPodEvictionPolicy', 'AlwaysAllow')
    for (const { spec } of budgets('1.26.0')) expect(spec).not.toHaveProperty('unhealthyPodEvictionPolicy')
    expect(budgets('1.27.0')).toHaveLength(3)
  })

  it('requests resources for each pod: a namespace with a quota refuses others', () => {
    for (const pod of podsIn(render()).values())
      expect(pod.containers[0].resources).toMatchObject({ limits: {}, requests: {} })
  })

  it('restores the settings with a rollback', () => {
    const maps = render('policies.a\\.yaml=id: one').filter(({ kind }) => kind === 'ConfigMap')
    expect(maps).toHaveLength(2)
    for (const { metadata } of maps)
      expect(metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade,pre-rollback')
  })

  it('does not add workers for what waits for a slot or for the broker', () => {
    const autoscaler = render('autoscaling.enabled=true', 'autoscaling.oldestDueSeconds=1000000').find(
      ({ kind }) => kind === 'HorizontalPodAutoscaler',
    )
    const waiting = { key: 'queue', operator: 'NotIn', values: ['submit', 'publish'] }
    expect(autoscaler?.spec?.['metrics']).toEqual([
      {
        type: 'External',
        external: {
          metric: { name: 'freshwave_oldest_due_seconds', selector: { matchExpressions: [waiting] } },
          target: { type: 'Value', value: '1000000' },
        },
      },
    ])
  })

  it('keeps two installations apart in one Prometheus, also in one namespace', () => {
    const args = ['--namespace', 'stage', '--set', 'monitoring.enabled=true,autoscaling.enabled=true']
    const { output, status } = helm.run('template', 'trial', 'deploy/chart', ...args)
    expect(status).toBe(0)
    expect(output.match(/replacement: .*/g)).toEqual(Array(2).fill('replacement: "freshwave-trial" }'))
    expect(output).toContain('matchLabels: { job: "freshwave-trial" }')
    const named = output.match(/\{job[^}]*\}/g) ?? []
    expect(named.length).toBeGreaterThan(2)
    expect(new Set(named)).toEqual(new Set(['{job="freshwave-trial",namespace="stage"}']))
  })

  it('has alerts lead to their pages in the book that the service serves', () => {
    const monitored = ['monitoring.enabled=true', 'env.PUBLIC_URL=https://freshwave.example.com/']
    const rule = render(...monitored).find(({ kind }) => kind === 'PrometheusRule')
    const urls = [...JSON.stringify(rule).matchAll(/"runbook_url":"([^"]+)"/g)].map(([, url]) => url)
    expect(urls).toEqual(
      alertRules().map(({ alert }) => `https://freshwave.example.com/docs/guide/runbooks/${alert}.html`),
    )
  })
})
