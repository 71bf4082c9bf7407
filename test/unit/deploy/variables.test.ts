/** Every variable that a file of `deploy/` sets for the service exists. */
import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { VARIABLES } from '../../../src/config/env.ts'

/** Variables of Node, of the servers beside it, of the build, and of the compose file itself. */
const OF_OTHERS =
  /^(NODE_COMPILE_CACHE$|POSTGRES_|RABBITMQ_|COMMIT$|BASE$|BUILD_BASE$|FRESHWAVE_(IMAGE|ENV|FILES|PORT)$|TRIAL_PORT$|MAINPID$|FROM$|DISTROLESS)/

it('variables that are set exist', () => {
  const files = globSync('deploy/**/*.{yaml,env,service,container}').filter(
    (file) => !file.includes('/charts/'),
  )
  const set = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(/^[ \t]*(?:Environment=|- name: )?([A-Z][A-Z_]+)(?:[=:] ?|$)/gm),
    ].map(([, name = '']) => ({ file, name })),
  )
  expect(set.length).toBeGreaterThan(20)
  expect(set.filter(({ name }) => !VARIABLES.has(name) && !OF_OTHERS.test(name))).toEqual([])
})
