/** Finds the flatpaks that contain a module of the advisory (behaviour/freshmaker 6.8 step 1). */
import { amount } from '../../domain/amount.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { type Module, moduleStream } from '../../domain/rebuild/discover/flatpaks/module.ts'
import { isTransient, messageOf } from '../../lib/errors.ts'
import { type Records, unreadableText } from '../../lib/records.ts'
import { readable } from '../gaps.ts'
import type { FlatpakServices, ListedFlatpaks } from './services.ts'

/** Reads only. What cannot be read of a module leaves a gap in the search, which is named by the module's build. */
export async function findListed(
  { errata, koji, flatpakIndex }: Pick<FlatpakServices, 'errata' | 'koji' | 'flatpakIndex'>,
  { id, name }: { id: number; name: string },
): Promise<{ listed: ListedFlatpaks; considered: Consideration[] }> {
  const considered: Consideration[] = []
  const listing = { missing: 'flatpaks', of: name, list: 'attached builds' } as const
  const found = await koji.modules(readable(await errata.attachedBuilds(id), listing, considered))
  const modules: Module[] = []
  for (const [nvr, module] of found)
    if ('fault' in module) considered.push(gap(nvr, 'unreadable-module', module.fault))
    else modules.push(module)
  const listed = new Map<string, Module[]>()
  const ofStreams = Map.groupBy(modules, moduleStream)
  const lists = await Promise.all(
    [...ofStreams.values()].map(async (builds) => ({ builds, list: await listOf(flatpakIndex, builds) })),
  )
  for (const { builds, list } of lists) {
    const fault = 'fault' in list ? list.fault : unreadableIn(list)
    if (fault !== null) for (const { nvr } of builds) considered.push(gap(nvr, 'unreadable-index', fault))
    if ('fault' in list) continue
    for (const nvr of list.read) listed.set(nvr, [...(listed.get(nvr) ?? []), ...builds])
  }
  return { listed, considered }
}

/** Each NVR once; `fault`: why this list cannot be read, although the index itself answers. */
async function listOf(
  flatpakIndex: FlatpakServices['flatpakIndex'],
  [module]: readonly Module[],
): Promise<Records<string> | { fault: string }> {
  if (!module) return { read: [], unreadable: [] }
  try {
    const { read, unreadable } = await flatpakIndex.imagesOfModule(module)
    return { read: [...new Set(read)], unreadable }
  } catch (error) {
    if (isTransient(error)) throw error
    return { fault: messageOf(error) }
  }
}

function unreadableIn({ unreadable }: Records<string>): string | null {
  if (unreadable.length === 0) return null
  return `${amount(unreadable.length, 'record')} of the flatpak index cannot be read, ${unreadableText(unreadable)}`
}

function gap(nvr: string, rule: string, fault: string): Consideration {
  return { nvr, outcome: 'not-rebuilt', rule, reason: `flatpaks may be missing: ${fault}` }
}
