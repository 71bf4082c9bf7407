/** The first page of the gate: addresses may have credentials, and the page needs no login (behaviour/greenwave 5). */
import { expect, it } from 'vitest'
import { gateOverview } from '../../../../../src/api/routes/gate/about.ts'
import { readEnvironment } from '../../../../../src/config/env.ts'
import { parseSettings } from '../../../../../src/config/file.ts'

const overview = (env: Record<string, string>, file = '') =>
  gateOverview(
    { settings: { env: readEnvironment(env), file: parseSettings(file, 'test') } },
    'http://gate.example.com',
  )

it('the page shows the addresses without their credentials', () => {
  const env = {
    RESULTSDB_API_URL: 'https://me:hunter2@results.example.com/api/v2.0',
    WAIVERDB_API_URL: 'https://hunter2@waivers.example.com/api/v1.0',
    KOJI_BASE_URL: 'https://robot:hunter2@koji.example.com/kojihub',
  }
  const templates = {
    '*': 'https://oauth2:hunter2@git.example.com/{pkg_name}/raw/{rev}/gating.yaml',
    compose: ['https://git.example.com/{subject_id}.yaml?private_token=hunter2'],
  }
  const shown = overview({ ...env, REMOTE_RULE_POLICIES: JSON.stringify(templates) })
  expect(shown).toMatchObject({
    resultsdb_api: 'https://me:***@results.example.com/api/v2.0',
    waiverdb_api: 'https://***@waivers.example.com/api/v1.0',
    koji_api: 'https://robot:***@koji.example.com/kojihub',
    remote_rule_policies: {
      '*': 'https://oauth2:***@git.example.com/{pkg_name}/raw/{rev}/gating.yaml',
      compose: ['https://git.example.com/{subject_id}.yaml?private_token=***'],
    },
  })
})

it('the page shows everything else as it is written', () => {
  const templates =
    "{'*': 'https://git.example.com/{pkg_namespace}{pkg_name}?at={rev}', x: ['http://a', 'http://b']}"
  expect(overview({}, `remote_rule_policies: ${templates}`)).toMatchObject({
    koji_api: null,
    remote_rule_policies: {
      '*': 'https://git.example.com/{pkg_namespace}{pkg_name}?at={rev}',
      x: ['http://a', 'http://b'],
    },
  })
})
