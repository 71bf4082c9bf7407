/** Makes the paths of a build's files below the top URL (behaviour/koji 6). */

/** A build's folder; `volume` is null for the default one. */
type Folder = { name: string; version: string; release: string; volume?: string | null }

/** The path of a file in the folder of a build, escaped; `file` is its way down from there. */
export function filesPath({ name, version, release, volume }: Folder, file: readonly string[]): string {
  const folders = [...(volume ? ['vol', volume] : []), 'packages', name, version, release, ...file]
  return `/${folders.map(encodeURIComponent).join('/')}`
}
