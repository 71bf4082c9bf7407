/** Which image an image was built on, as the build system has it (spec/freshmaker 7.5); the catalogue's word comes first. */
import type { Source } from './sources.ts'

/** Null: a base image, one of several stages, or a build of which nothing is known. */
export function kojiParentOf(source: Source | undefined): string | null {
  if (!source || 'error' in source || source.parentBuildId === null) return null
  return source.parentNvrById.get(source.parentBuildId) ?? null
}
