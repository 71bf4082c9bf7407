/** Product Pages: schedules of OpenShift versions. */
import { expect, it } from 'vitest'
import { labForTest } from '../../../../support/lab/lab.ts'

it.each([
  ['openshift-4.14', 200, [{ name: 'GA 4.14', date_finish: '2023-10-31' }]],
  ['openshift-4.99', 200, []],
  ['openshift-3.0', 404, { detail: 'No Release matches the given query.' }],
  ['rhel-9.0', 404, { detail: 'No Release matches the given query.' }],
])('the schedule of %s is %i', async (release, status, expected) => {
  const { urls } = await labForTest()
  const url = `${urls.PRODUCT_PAGES_URL}/releases/${release}/schedule-tasks/?flags_or__in=ga,ga-main`
  const answer = await fetch(url)
  expect([answer.status, await answer.json()]).toEqual([status, expected])
})
