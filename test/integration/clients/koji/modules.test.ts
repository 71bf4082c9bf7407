/** Builds of modules in Koji: the document that describes them, and every reason why one is not a module. */
import { describe, expect, test } from 'vitest'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { kojiClientOf } from '../../../support/lab/koji-client.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'

const NVR = 'perl-5.30-8090020261101080001.9e153712'

function moduleBuild(modulemd: XmlRpcInput, nvr = NVR): XmlRpcInput {
  return containerBuild(7, nvr, { extra: { typeinfo: { module: { modulemd_str: modulemd } } } })
}

const read = async (build: XmlRpcInput, nvr = NVR) =>
  (await (await kojiClientOf({ [nvr]: build })).modules([nvr])).get(nvr)

describe('a module', () => {
  test('has the texts of its document, however much they look like numbers', async () => {
    const text = [
      '---',
      'document: modulemd',
      'version: 2',
      'data:',
      '  name: perl',
      '  stream: 1.10',
      '  version: 8090020261101080001',
      '  context: 90e15371',
      '...',
    ].join('\n')
    expect(await read(moduleBuild(text))).toEqual({
      nvr: NVR,
      name: 'perl',
      stream: '1.10',
      version: '8090020261101080001',
      context: '90e15371',
    })
  })

  test('has version and context of its release when the document leaves them out', async () => {
    expect(await read(moduleBuild('data: {name: perl, stream: "5.30"}'))).toMatchObject({
      version: '8090020261101080001',
      context: '9e153712',
    })
    expect(await read(moduleBuild('data: {name: perl, stream: x}', 'perl-5-1'), 'perl-5-1')).toEqual({
      fault: "its release '1' is not version.context",
    })
  })

  test.each<[string, XmlRpcInput, RegExp]>([
    ['without a document', containerBuild(7, NVR), /is not a module: it has no modulemd/],
    ['with a document of another kind', moduleBuild(7), /has no modulemd/],
    ['with a document that is not YAML', moduleBuild('{'), /^its modulemd is not valid YAML: /],
    ['with a bomb', moduleBuild(bomb()), /^its modulemd /],
    ['without data', moduleBuild('a: 1'), /^its modulemd cannot be read at data: /],
    ['without a stream', moduleBuild('data: {name: perl}'), /at data\.stream/],
    [
      'with a name of two words',
      moduleBuild('data: {name: a b, stream: x}'),
      /at data\.name: must be a word/,
    ],
    ['with a colon', moduleBuild('data: {name: "a:b", stream: x}'), /at data\.name: must be a word/],
    ['whose build the hub does not know', null, /Koji has no build of it/],
    ['whose build cannot be shown', 'odd', /Koji cannot show its build: .*Invalid extra data/],
  ])('%s has a reason', async (_what, build, reason) => {
    expect(await read(build)).toEqual({ fault: expect.stringMatching(reason) })
  })

  test('is not known while the hub is in trouble, even about another one', async () => {
    const client = await kojiClientOf({
      'good-1-1': moduleBuild('data: {name: a, stream: b}', 'good-1-1'),
      'away-1-1': 'offline',
    })
    await expect(client.modules(['good-1-1', 'away-1-1'])).rejects.toMatchObject({ code: 1014 })
  })
})

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_one, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
  )
  return ['l0: &l0 [x, x, x]', ...levels, 'data: {name: a, stream: b}'].join('\n')
}
