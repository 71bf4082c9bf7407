/** Records the lab's answers to everything that the clients read. */
import { addResult } from '../../../lab/services/resultsdb/state.ts'
import { addWaiver } from '../../../lab/services/waiverdb/state.ts'
import { startLab } from '../../../lab/start.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { createGateContext } from '../../../src/context.ts'
import { ADVISORY } from '../rebuild/affected-images.ts'
import { callHub } from './lab.ts'

/** Answers by service and operation, as `mutate` of the lab names them; the longest answer of each. */
export type LabAnswers = { get(name: string): unknown; stop(): Promise<void> }

const NVR = 'nodejs-18-container-1-92'

/** Answers for which the lab has fewer than two records, in the shape of real ones. */
const SUPPLEMENTS: Record<string, unknown> = {
  'koji getTaskChildren': [1, 2].map((id) => ({ id, method: 'createContainer', state: 2, parent: 9 })),
  'errata jira': ['RHEL-1', 'RHEL-2'].map((key) => ({ id_jira: 1, key, summary: 's', status: 'New' })),
  'errata bugs': ['hightouch+', 'qa_ack+'].map((flags, id) => ({ id, flags, short_desc: 's' })),
}

/** Starts a separate lab and reads everything from it. */
export async function recordLabAnswers(): Promise<LabAnswers> {
  const lab = await startLab()
  const recorded = new Map<string, string>(
    Object.entries(SUPPLEMENTS).map(([name, answer]) => [name, JSON.stringify(answer)]),
  )
  lab.world.mutate = (service, operation, json) => {
    const text = JSON.stringify(json)
    const name = `${service} ${operation}`
    if (text.length > (recorded.get(name)?.length ?? 0)) recorded.set(name, text)
    return json
  }
  const context = await createGateContext({
    env: readEnvironment({ LOG_LEVEL: 'silent', ...lab.urls }),
    file: parseSettings('koji_requests_per_second: 1000\nerrata_rhel_release_prefix: RHEL-', 'test settings'),
  })
  await readEverything(context.clients)
  await readHub(lab.urls.KOJI_BASE_URL)
  await readGate(lab)
  return {
    get: (name) => {
      const text = recorded.get(name)
      if (text === undefined)
        throw new Error(`No answer ${name} among ${[...recorded.keys()].sort().join('; ')}`)
      const json: unknown = JSON.parse(text)
      const field = name.startsWith('pyxis ') ? name.slice('pyxis '.length) : undefined
      return field ? (json as { data: Record<string, unknown> }).data[field] : json // as GraphQL answers
    },
    stop: async () => {
      await context.close()
      await lab.stop()
    },
  }
}

type Clients = Awaited<ReturnType<typeof createGateContext>>['clients']

async function readEverything({ errata, pyxis, pulp, koji, odcs }: Clients): Promise<void> {
  if (!errata || !pyxis || !pulp || !koji || !odcs) throw new Error('The lab has all services')
  await errata.advisory(ADVISORY)
  const fixed = await errata.fixedRpms(ADVISORY)
  await errata.attachedBuilds(ADVISORY)
  await pulp.contentSets(await errata.pulpRepoIds(ADVISORY))
  const search = { published: true, releaseCategories: null }
  const { repositories } = await pyxis.findRepositories(search)
  const names = { rpmNames: ['openssl', 'openssl-libs'], contentSets: [] }
  await pyxis.imagesWithRpms({ ...names, published: true, repositories })
  await pyxis.imagesByNvrs([NVR])
  const build = (await koji.getBuilds([NVR])).get(NVR)
  await koji.listedRpms(build?.id ?? 0)
  await koji.metadataRpms(NVR)
  await koji.taskInfos([build?.taskId ?? 0])
  await koji.listTags(fixed.sourceBuilds[0] ?? '')
  await koji.buildSources([NVR], { imageExtraRepo: {}, supplyArchOverrides: false })
  await odcs.composes([101])
}

async function readHub(url: string): Promise<void> {
  await callHub(url, 'listTasks', [{ method: 'buildContainer' }])
  const tags = (await callHub(url, 'listTags')) as { name: string }[] // as the lab sends them
  for (const { name } of tags) await callHub(url, 'listTagged', [name])
  const calls = [1, 2, 3].map((id) => ({ methodName: 'getTaskInfo', params: [60_000_000 + id] }))
  await callHub(url, 'multiCall', [calls])
}

async function readGate({ world, urls }: Awaited<ReturnType<typeof startLab>>): Promise<void> {
  for (const testCase of ['a', 'b', 'c']) {
    const data = { item: [NVR], type: ['koji_build'], scenario: [testCase] }
    addResult(world.resultsDb, {
      testCase,
      outcome: 'PASSED',
      submittedAt: '2021-05-01T00:00:00.000001',
      data,
    })
    addWaiver(world.waiverDb, {
      subjectType: 'koji_build',
      subjectIdentifier: NVR,
      productVersion: 'v',
      testCase,
      givenAt: '2021-05-01T00:00:00.000001',
    })
  }
  await fetch(`${urls.RESULTSDB_API_URL}/results/latest?item=${NVR}&_distinct_on=scenario`)
  const filters = ['a', 'b', 'c'].map((testcase) => ({ subject_identifier: NVR, testcase }))
  await fetch(`${urls.WAIVERDB_API_URL}/waivers/+filtered`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filters }),
  })
}
