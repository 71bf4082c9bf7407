/** What anyone may read of the gate's configuration. */
import { expect, it } from 'vitest'
import { gateOverview } from '../../../../../src/api/routes/gate/about.ts'
import { readEnvironment } from '../../../../../src/config/env.ts'
import { parseSettings } from '../../../../../src/config/file.ts'

it('the overview of the gate has addresses and templates without their credentials', () => {
  const templates = {
    a: 'https://alice:hunter2@git.example.com/{pkg_name}.yaml',
    b: [
      'https://hunter2@git.example.com/{subject_id}.yaml',
      'https://git.example.com/{rev}?private_token=hunter2&x=1',
    ],
  }
  const settings = {
    env: readEnvironment({
      RESULTSDB_API_URL: 'https://alice:hunter2@results.example.com/api',
      WAIVERDB_API_URL: 'https://hunter2@waivers.example.com/api',
      KOJI_BASE_URL: 'https://alice:hunter2@koji.example.com/kojihub',
      REMOTE_RULE_POLICIES: JSON.stringify(templates),
    }),
    file: parseSettings('', 'no settings'),
  }
  expect(gateOverview({ settings }, 'https://freshwave.example.com')).toMatchObject({
    resultsdb_api: 'https://alice:***@results.example.com/api',
    waiverdb_api: 'https://***@waivers.example.com/api',
    koji_api: 'https://alice:***@koji.example.com/kojihub',
    remote_rule_policies: {
      a: 'https://alice:***@git.example.com/{pkg_name}.yaml',
      b: [
        'https://***@git.example.com/{subject_id}.yaml',
        'https://git.example.com/{rev}?private_token=***&x=1',
      ],
    },
  })
})
