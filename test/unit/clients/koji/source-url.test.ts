/** Parsing source URLs of container builds. */
import { expect, test } from 'vitest'
import { parseSource } from '../../../../src/clients/koji/source-url.ts'

test.each([
  ['git://pkgs.example.com/containers/app#89abcdef', 'containers/app', '89abcdef'],
  ['git+https://src.example.com/rpms/app?#89abcdef', 'rpms/app', '89abcdef'],
  ['git://pkgs.example.com/git/containers/app.next#v1', 'containers/app.next', 'v1'],
])('%s', (url, repository, commit) => {
  expect(parseSource(url)).toEqual({ repository, commit })
})

test.each([
  ['a branch, which can move', 'git://pkgs.example.com/containers/app#origin/master'],
  ['no commit', 'git://pkgs.example.com/containers/app'],
  ['an empty commit', 'git://pkgs.example.com/containers/app#'],
  ['a source package', 'app-1.0-1.src.rpm'],
  ['nothing', null],
])('%s is not a source', (_name, url) => {
  expect(parseSource(url)).toBeNull()
})
