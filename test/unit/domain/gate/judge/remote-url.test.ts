import { expect, it } from 'vitest'
import { templateProblem } from '../../../../../src/domain/gate/judge/remote-url.ts'

it.each([
  ['https://git.example.com/{pkg_namespace}{pkg_name}/raw/{rev}/gating.yaml', undefined],
  ['HTTP://git.example.com/{{literal}}/{subject_id}', undefined],
  ['git.example.com/{rev}', 'must begin with https:// or http://'],
  [
    'https://git.example.com/{rev}/{name}',
    'has {name}, which is not a placeholder; known are {pkg_name}, {pkg_namespace}, {rev}, {subject_id}',
  ],
  ['https://git.example.com/{rev', expect.stringMatching(/^has \{, which is not a placeholder/)],
])('the template %s of a rule file is checked before it is used', (template, problem) => {
  expect(templateProblem(template)).toEqual(problem)
})
