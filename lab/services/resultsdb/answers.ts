/** The JSON of the results database, field by field (behaviour/greenwave 8.2). */
import type { LabResult, ResultsDbState } from './state.ts'

/** A result; `root` is the base address of the API. Microseconds are left out when they are zero. */
export function resultJson(state: ResultsDbState, root: string, result: LabResult) {
  return {
    id: result.id,
    testcase: testCaseJson(state, root, result.testCase),
    groups: result.groups,
    outcome: result.outcome,
    note: result.note,
    ref_url: result.refUrl,
    submit_time: result.submittedAt.replace(/\.0+$/, ''),
    data: result.data,
    href: `${root}/results/${result.id}`,
  }
}

/** A test case. */
export function testCaseJson(state: ResultsDbState, root: string, name: string) {
  return {
    name,
    ref_url: state.testCases.get(name)?.refUrl ?? null,
    href: `${root}/testcases/${encodeURI(name)}`,
  }
}

/** A group. */
export function groupJson(state: ResultsDbState, root: string, uuid: string) {
  const results = state.results.filter((result) => result.groups.includes(uuid))
  return {
    uuid,
    description: state.groups.get(uuid)?.description ?? null,
    ref_url: state.groups.get(uuid)?.refUrl ?? null,
    results: `${root}/results?groups=${uuid}`,
    results_count: results.length,
    href: `${root}/groups/${uuid}`,
  }
}

/** One page of `items`, which are the items of all pages, with the addresses of its neighbors. */
export function pageJson<T>(url: string, items: readonly T[], page: number, limit: number) {
  const neighbor = (number: number) => {
    const address = new URL(url)
    address.searchParams.delete('callback')
    address.searchParams.set('page', String(number))
    return address.href
  }
  return {
    prev: page > 0 ? neighbor(page - 1) : null,
    next: (page + 1) * limit < items.length ? neighbor(page + 1) : null,
    data: items.slice(page * limit, (page + 1) * limit),
  }
}
