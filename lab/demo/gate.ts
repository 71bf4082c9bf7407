/** The gate in the demo: may the rebuilt images be released? One fails a test and needs a waiver. */
import type { LabUrls } from '../start.ts'
import type { DecisionAnswer, EventAnswer } from './answers.ts'
import type { Service } from './service.ts'

/** The tests required by `lab/policies`. */
const TESTS = ['image.starts', 'image.has-no-known-cve'] as const
const CONTEXT = 'container-image-release'
const PRODUCT_VERSION = 'rhel-8'
const TYPE = 'redhat-container-image'

type Urls = Pick<LabUrls, 'RESULTSDB_API_URL' | 'WAIVERDB_API_URL'>

/** Reports test results of every rebuilt image and requests a decision on each. @throws on an unexpected decision */
export async function showGate(service: Service, urls: Urls, event: EventAnswer): Promise<void> {
  const nvrs = event.builds.flatMap(({ state_name, rebuilt_nvr }) =>
    state_name === 'DONE' && rebuilt_nvr !== null ? [rebuilt_nvr] : [],
  )
  const [failing = ''] = nvrs
  console.log(`\nMay these images be released? The policy (lab/policies) requires ${TESTS.join(' and ')}.`)
  await show(service, failing, 'before any test', false)
  await Promise.all(nvrs.flatMap((nvr) => TESTS.map((test) => putResult(urls, nvr, test, nvr === failing))))
  for (const nvr of nvrs) await show(service, nvr, 'tested', nvr !== failing)
  await putWaiver(urls, failing)
  await show(service, failing, 'after a waiver for the failed test', true)
}

async function show(service: Service, nvr: string, when: string, expected: boolean): Promise<void> {
  const decision = await service.post<DecisionAnswer>('/api/v1.0/decision', {
    decision_context: CONTEXT,
    product_version: PRODUCT_VERSION,
    subject_type: TYPE,
    subject_identifier: nvr,
  })
  const { policies_satisfied: satisfied, summary } = decision
  console.log(`  ${satisfied ? '✔' : '✘'} ${nvr.padEnd(50)} ${summary} (${when})`)
  if (satisfied !== expected)
    throw new Error(`Unexpected decision on ${nvr}: satisfied is ${satisfied}, not ${expected}.`)
}

function putResult(urls: Urls, nvr: string, testcase: string, fails: boolean): Promise<void> {
  const outcome = fails && testcase === TESTS[1] ? 'FAILED' : 'PASSED'
  return post(`${urls.RESULTSDB_API_URL}/results`, { testcase, outcome, data: { nvr, type: TYPE } })
}

function putWaiver(urls: Urls, nvr: string): Promise<void> {
  return post(`${urls.WAIVERDB_API_URL}/waivers/`, {
    subject_type: TYPE,
    subject_identifier: nvr,
    testcase: TESTS[1],
    product_version: PRODUCT_VERSION,
    comment: 'The scanner does not know the fixed package yet',
  })
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('releng:demo')}` }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`POST ${url}: HTTP ${answer.status}`)
}
