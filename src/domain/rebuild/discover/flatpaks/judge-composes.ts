/** Judges which composes of a flatpak are reused, and which modules are composed again (behaviour/freshmaker 6.8 step 3). */
import { type Module, moduleBuild, moduleStream, streamOf } from './module.ts'

/** A compose that the original image was built with; `sources` are its modules if it `isOfModules`. */
export type OriginalCompose = { id: number; isOfModules: boolean; sources: readonly string[] }

/** `reused`: ids, in their order. `modules`: `name:stream:version:context`, sorted; empty: nothing is composed. */
export type ComposeChoice = { reused: number[]; modules: string[] }

/**
 * A compose without a module of the advisory is used again. One with such a module is not: its other modules are
 * composed together with the advisory's. An image that was built without composes of modules gets none.
 */
export function judgeComposes(
  advisory: readonly Module[],
  originals: readonly OriginalCompose[],
): ComposeChoice {
  const fixed = new Set(advisory.map(moduleStream))
  const isFixed = (listed: string) => fixed.has(streamOf(listed))
  const ofModules = originals.filter(({ isOfModules }) => isOfModules)
  const outdated = ofModules.filter(({ sources }) => sources.some(isFixed))
  const kept = outdated.flatMap(({ sources }) => sources.filter((listed) => !isFixed(listed)))
  return {
    reused: originals.filter((compose) => !outdated.includes(compose)).map(({ id }) => id),
    modules: ofModules.length === 0 ? [] : [...new Set([...advisory.map(moduleBuild), ...kept])].sort(),
  }
}
