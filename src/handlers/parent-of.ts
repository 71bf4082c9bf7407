/** Which image an image was built on (spec/freshmaker 7.5). */
import type { BuildSource, Image } from '../domain/rebuild/image.ts'
import { imageText } from '../domain/rebuild/texts.ts'

/** The catalogue's word first, then the build system's; a base image has no parent. */
export function parentOf(
  image: Image,
  source: BuildSource | { error: string } | undefined,
): { source: BuildSource | null; parentNvr: string | null; error: string | null } {
  if (source === undefined || 'error' in source) {
    const error = source?.error ?? imageText.notResolved('the build system gave no answer')
    return { source: null, parentNvr: image.parentBrewBuild, error }
  }
  const fromKoji =
    source.parentBuildId === null ? null : (source.parentNvrById.get(source.parentBuildId) ?? null)
  return { source, parentNvr: image.parentBrewBuild ?? fromKoji, error: null }
}
