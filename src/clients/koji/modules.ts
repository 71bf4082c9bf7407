/** Reads what the build system recorded about builds of modules: name, stream, version and context (behaviour/koji 6). */
import { parse } from 'yaml'
import { z } from 'zod'
import type { Module } from '../../domain/rebuild/discover/flatpaks/module.ts'
import { messageOf } from '../../lib/errors.ts'
import { calls } from './hub/calls.ts'
import { readMany, throwTrouble } from './hub/checked.ts'
import type { Reads } from './hub/reads.ts'
import { buildSchema, type KojiBuild } from './schemas/builds.ts'

/** Why a build cannot be taken for a module. */
type NotAModule = { fault: string }

/** Colons and spaces would separate modules in the source of a compose. */
const word = z.string().regex(/^[^\s:]+$/, 'must be a word without colons')
const modulemdSchema = z.object({
  data: z.object({ name: word, stream: word, version: word.optional(), context: word.optional() }),
})

/** The modules by NVR of their builds. Rejects when the hub or our account is in trouble. */
export async function readModules(
  reads: Reads,
  nvrs: readonly string[],
): Promise<Map<string, Module | NotAModule>> {
  const builds = throwTrouble(await readMany(reads, [...new Set(nvrs)], calls.build, buildSchema))
  return new Map(
    builds.map(([nvr, result]): [string, Module | NotAModule] => {
      if (!result.ok) return [nvr, { fault: `Koji cannot show its build: ${result.error.message}` }]
      return [nvr, result.value ? moduleIn(result.value) : { fault: 'Koji has no build of it' }]
    }),
  )
}

/** A document may leave out version and context: the release of the build is made of them. */
function moduleIn({ nvr, release, modulemd }: KojiBuild): Module | NotAModule {
  if (modulemd === null) return { fault: 'its build in Koji is not a module: it has no modulemd' }
  const document = readModulemd(modulemd)
  if ('fault' in document) return document
  const dot = release.lastIndexOf('.')
  const {
    name,
    stream,
    version = release.slice(0, Math.max(0, dot)),
    context = release.slice(dot + 1),
  } = document
  if (!version || !context) return { fault: `its release '${release}' is not version.context` }
  return { nvr, name, stream, version, context }
}

/** Every scalar is read as text: as numbers the stream 1.10 would be 1.1, and versions would lose their last digits. */
function readModulemd(text: string): z.output<typeof modulemdSchema>['data'] | NotAModule {
  try {
    const document: unknown = parse(text, { schema: 'failsafe', maxAliasCount: 100, logLevel: 'error' })
    const read = modulemdSchema.safeParse(document)
    if (read.success) return read.data.data
    const [issue] = read.error.issues
    return {
      fault: `its modulemd cannot be read at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`,
    }
  } catch (error) {
    return { fault: `its modulemd is not valid YAML: ${messageOf(error).split('\n')[0]}` }
  }
}
