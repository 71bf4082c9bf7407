/** Image groups: releases of one name and version that are offered in the same repositories (behaviour/freshmaker 7.6). */
import type { Image, ImageRepository } from './image.ts'

/** Distinct names of repositories, sorted. */
export function repositoryNames(repositories: readonly ImageRepository[]): string[] {
  return [...new Set(repositories.map(({ repository }) => repository))].sort()
}

/** Images with equal keys are releases of the same image. */
export function groupKey(image: Pick<Image, 'name' | 'version'>, repositories: readonly string[]): string {
  return JSON.stringify([image.name, image.version, ...repositories])
}

/**
 * Builds whose repositories count for a rebuild that no repository offers itself, nearest first: the release without
 * its last dotted part, and so on. `foo-1-2.16.5` -> `foo-1-2.16`, `foo-1-2`.
 */
export function groupAncestors({ name, version, release }: Image): string[] {
  const parts = release.split('.')
  return parts
    .slice(1)
    .map((_, index) => `${name}-${version}-${parts.slice(0, parts.length - 1 - index).join('.')}`)
}

/** The repositories of the nearest such build that has any; `known` holds images by NVR. */
export function inheritedRepositories(image: Image, known: ReadonlyMap<string, Image>): string[] {
  const names = groupAncestors(image).map((nvr) => repositoryNames(known.get(nvr)?.repositories ?? []))
  return names.find((list) => list.length > 0) ?? []
}
