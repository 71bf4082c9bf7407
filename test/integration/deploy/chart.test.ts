/** The Helm chart: what Helm renders from it is valid by the schemas of Kubernetes, for each switch of its values. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseSettings } from '../../../src/config/file.ts'
import { ALERTS } from '../../support/alerts/rules.ts'
import { type Helm, type Manifest, openHelm } from '../../support/programs/helm.ts'

const VARIANTS: [name: string, args: string[]][] = [
  ['as it is', []],
  [
    'with everything',
    [
      ...[
        'autoscaling.enabled=true',
        'monitoring.enabled=true',
        'ingress.enabled=true',
        'ingress.host=freshwave.example.com',
      ],
      ...[
        'ingress.className=nginx',
        'ingress.tlsSecret=tls',
        'imagePullSecrets={registry}',
        'secretMounts[0].name=bus',
      ],
      ...[
        'secretMounts[0].path=/etc/freshwave/bus',
        'networkPolicy.from[0].podSelector.matchLabels.app=proxy',
      ],
      ...[
        'policies.gate\\.yaml=id: one',
        'subjectTypes.build\\.yaml=id: two',
        'monitoring.labels.release=prometheus',
        'env.TLS_CERT=/etc/freshwave/bus/tls.crt',
      ],
      ...['podLabels.team=a', 'podAnnotations.inject=b', 'serviceAccountName=c'],
      ...['scheduling.nodeSelector.zone=one', 'scheduling.tolerations[0].operator=Exists'],
      ...['ingress.annotations.timeout=1h', 'env.PUBLIC_URL=https://freshwave.example.com'],
      ...['listenAddress=::', 'ingress.aliases={greenwave.example.com}'],
      ...['configMapMounts[0].name=ca', 'configMapMounts[0].path=/etc/freshwave/ca'],
      ...['name=postgres-app', 'key=uri'].map((value) => `env.DATABASE_URL.valueFrom.secretKeyRef.${value}`),
      `image.digest=sha256:${'0'.repeat(64)}`,
    ].flatMap((value) => ['--set', value]),
  ],
  [
    'with nothing that can be left out',
    ['disruptionBudget.enabled=false', 'networkPolicy.enabled=false'].flatMap((value) => ['--set', value]),
  ],
]

const MONITORED = ['--set', 'monitoring.enabled=true']
const LABELS = { 'app.kubernetes.io/name': 'freshwave', 'app.kubernetes.io/instance': 'freshwave' }
/** The pods that serve metrics alone. */
const MONITORED_PODS = {
  matchLabels: LABELS,
  matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['ingest', 'worker'] }],
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

let helm: Helm
beforeAll(() => {
  helm = openHelm()
})
afterAll(() => helm?.remove())

/** The class that the package has for its kind; it throws with what is wrong. */
async function validate(manifest: Manifest): Promise<void> {
  const isOfOperator = manifest.apiVersion.startsWith('monitoring.coreos.com/')
  const home = isOfOperator ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'
  const models = (await import(`${home}/${manifest.apiVersion}/${manifest.kind}`)) as Record<
    string,
    new (
      data: Manifest,
    ) => { validate(): void }
  > // each of its modules exports the class of its name
  const Model = models[manifest.kind]
  if (!Model) throw new Error(`no schema of ${manifest.kind}`)
  new Model(manifest).validate()
}

const find = (manifests: Manifest[], kind: string, name: string) =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === `freshwave-${name}`)

type Container = { env: { name: string; value: string }[] }

/** The containers of the pods that a Deployment or Job starts. */
function containersOf(manifest: Manifest | undefined): Container[] {
  const template = manifest?.spec?.['template'] as { spec: { containers: Container[] } } // checked by the schemas
  return template.spec.containers
}

describe('the chart', () => {
  it('passes the checks of Helm', () => {
    expect(helm.run('lint', '--strict', 'deploy/chart')).toMatchObject({ status: 0 })
  })

  it('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(parse(readFileSync('deploy/chart/Chart.yaml', 'utf8'))).toMatchObject({
      version,
      appVersion: version,
    })
  })

  it.each(VARIANTS)('%s renders objects that Kubernetes accepts', async (_name, args) => {
    const manifests = helm.render(...args)
    expect(manifests.length).toBeGreaterThan(5)
    for (const manifest of manifests) await validate(manifest)
    expect(manifests.map(({ kind }) => kind)).not.toContain('Secret')
  })

  it('is checked by schemas that notice what is missing and what has the wrong type', async () => {
    const [deployment] = helm
      .render('--show-only', 'templates/programs.yaml')
      .filter(({ kind }) => kind === 'Deployment')
    const spec = { ...deployment?.spec, replicas: 'two' }
    await expect(validate({ ...(deployment as Manifest), spec })).rejects.toThrow(/replicas/)
    await expect(validate({ ...(deployment as Manifest), spec: {} })).rejects.toThrow(/selector/)
  })

  it('gives every process a read-only root and no capabilities, and takes what is secret from the Secret', () => {
    const pods = helm.render().filter(({ kind }) => ['Deployment', 'Job'].includes(kind))
    expect(pods.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['ingest', 'migrate', 'web', 'worker'].map((program) => `freshwave-${program}`),
    )
    for (const { spec } of pods)
      expect(spec).toMatchObject({
        template: {
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true },
            containers: [
              {
                envFrom: [{ secretRef: { name: 'freshwave' } }],
                securityContext: RESTRICTED,
              },
            ],
          },
        },
      })
  })

  it('restricts the pod by which README.md continues after a restore as a namespace may demand', async () => {
    const [, overrides] = /--overrides='([^']+)'/.exec(readFileSync('deploy/README.md', 'utf8')) ?? []
    const pod: Manifest = { ...JSON.parse(overrides ?? ''), kind: 'Pod', metadata: { name: 'restored' } }
    await validate(pod)
    const securityContext = {
      ...RESTRICTED,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    }
    expect(pod.spec).toMatchObject({ containers: [{ securityContext }] })
  })

  it('migrates before anything else changes', () => {
    const job = find(helm.render(), 'Job', 'migrate')
    expect(job?.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' })
  })

  it.each(['autoscaling', 'disruptionBudget', 'networkPolicy', 'ingress', 'monitoring'])(
    'leaves %s out where its value is null, as where it is disabled',
    (part) => {
      expect(helm.render('--set', `${part}=null`)).toEqual(helm.render('--set', `${part}.enabled=false`))
    },
  )

  it('leaves the number of workers to the autoscaler when there is one', () => {
    const worker = (...args: string[]) => find(helm.render(...args), 'Deployment', 'worker')?.spec
    expect(worker()).toMatchObject({ replicas: 2 })
    expect(worker('--set', 'autoscaling.enabled=true')).not.toHaveProperty('replicas')
  })

  it('hands settings over as the service reads them', () => {
    const manifests = helm.render(
      '--set',
      'settings.koji_retry=7',
      '--set',
      'settings.outcomes_passed={PASSED}',
    )
    const map = find(manifests, 'ConfigMap', 'settings') as Manifest & { data: Record<string, string> } // rendered so
    const settings = parseSettings(map.data['freshwave.yaml'] ?? '', 'rendered')
    expect(settings).toMatchObject({ koji_retry: 7, outcomes_passed: ['PASSED'] })
  })

  it('probes each process where it serves its health', () => {
    for (const [program, port, number] of [
      ['web', 'http', 8080],
      ['ingest', 'metrics', 9100],
      ['worker', 'metrics', 9100],
    ] as const) {
      const [container] = containersOf(find(helm.render(), 'Deployment', program))
      expect(container).toMatchObject({
        ports: [{ name: port, containerPort: number }],
        startupProbe: { httpGet: { path: '/health/live', port } },
        livenessProbe: { httpGet: { path: '/health/live', port } },
        readinessProbe: { httpGet: { path: `/health/${program === 'web' ? 'live' : 'ready'}`, port } },
      })
      const metrics = container?.env.filter(({ name }) => name.startsWith('METRICS_'))
      expect(metrics).toEqual(
        port === 'metrics'
          ? [
              { name: 'METRICS_HOST', value: '0.0.0.0' },
              { name: 'METRICS_PORT', value: String(number) },
            ]
          : [],
      )
    }
    expect(containersOf(find(helm.render(), 'Job', 'migrate'))[0]).not.toHaveProperty('livenessProbe')
  })

  it('has every process scraped in the job that the alert rules name', () => {
    const monitors = helm
      .render(...MONITORED)
      .filter(({ kind }) => kind === 'ServiceMonitor' || kind === 'PodMonitor')
    const relabelings = [
      { targetLabel: 'job', replacement: 'freshwave' },
      { action: 'labeldrop', regex: 'service' },
    ]
    const scrape = { path: '/metrics', interval: '30s', relabelings }
    expect(monitors.map(({ spec }) => spec)).toEqual([
      {
        selector: MONITORED_PODS,
        podMetricsEndpoints: [{ port: 'metrics', ...scrape }],
      },
      {
        selector: { matchLabels: { ...LABELS, 'app.kubernetes.io/component': 'web' } },
        endpoints: [{ port: 'http', ...scrape }],
      },
    ])
  })

  it('lets the namespace of the monitoring reach the metrics, and nothing else', () => {
    const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'prometheus' } } }
    const proxy = { podSelector: { matchLabels: { app: 'proxy' } } }
    const from = ['--set', 'networkPolicy.from[0].podSelector.matchLabels.app=proxy']
    const metrics = (...args: string[]) => find(helm.render(...args), 'NetworkPolicy', 'metrics')?.spec
    const web = (...args: string[]) => find(helm.render(...args), 'NetworkPolicy', 'web')?.spec?.['ingress']
    expect(metrics()).toBeUndefined()
    expect(metrics(...MONITORED, '--set', 'monitoring.namespace=prometheus')).toEqual({
      podSelector: MONITORED_PODS,
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 'metrics' }], from: [peer] }],
    })
    expect(web(...from)).toEqual([{ ports: [{ port: 'http' }], from: [proxy] }])
    expect(web(...from, ...MONITORED, '--set', 'monitoring.namespace=prometheus')).toEqual([
      { ports: [{ port: 'http' }], from: [proxy, peer] },
    ])
  })

  it('has the alert rules, or another file of rules', () => {
    const rules = (...args: string[]) =>
      helm.render(...MONITORED, ...args).find(({ kind }) => kind === 'PrometheusRule')?.spec
    const own = readFileSync(ALERTS, 'utf8').replaceAll(
      'job=~"freshwave.*"',
      'job="freshwave",namespace="default"',
    )
    expect(rules()).toEqual(parse(own))
    const other = { groups: [{ name: 'other', rules: [] }] }
    expect(rules('--set-json', `monitoring.rules=${JSON.stringify(stringify(other))}`)).toEqual(other)
  })

  it.each([
    ['a misspelled value', 'web.replica=3', /replica/],
    ['a password beside the Secret', 'env.DATABASE_URL=postgres://u:p@h/d', /DATABASE_URL/],
    ['a port of the metrics that no probe knows', 'env.METRICS_PORT=9000', /METRICS_PORT/],
    ['a Secret without a name', 'existingSecret=', /existingSecret/],
    ['an incomplete digest', 'image.digest=sha256:00', /digest/],
    [
      'fewer workers at most than at least',
      'autoscaling.enabled=true,autoscaling.minReplicas=7',
      /minReplicas/,
    ],
    ['two holders of a durable subscription', 'env.AMQP_SOURCES=topic://a', /ingest\.replicas/],
    ['an invalid disruption budget', 'disruptionBudget.maxUnavailable=one', /maxUnavailable/],
    ['an interval that Prometheus cannot read', 'monitoring.interval=often', /interval/],
    [
      'a text that is not a file of rules',
      'monitoring.enabled=true,monitoring.rules=README.md',
      /monitoring\.rules/,
    ],
    ['a stop that would be cut off', 'settings.shutdown_grace_s=55', /terminationGracePeriodSeconds/],
  ])('refuses %s', (_name, value, named) => {
    expect(() => helm.render('--set', value)).toThrow(named)
  })
})
