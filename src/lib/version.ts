/** The identity of this program: name, version and purpose from package.json, the commit of an image, and its `User-Agent`. */
import { existsSync, readFileSync } from 'node:fs'

type About = { name: string; version: string; description: string }

/** Digits of the commit in a version. */
const COMMIT_DIGITS = 12

/**
 * The version is that of package.json; in an image the commit that it was built from follows: `0.1.0+0123456789ab`.
 * Reads the files on each call; keep the result.
 */
export function readAbout(): About {
  const { name, version, description } = read<About>('package.json')
  const { commit } = existsSync(urlOf('built.json')) ? read<{ commit: string }>('built.json') : { commit: '' }
  return { name, version: commit ? `${version}+${commit.slice(0, COMMIT_DIGITS)}` : version, description }
}

/** The `User-Agent` of requests to outside services, for their access logs. */
export function userAgent(): string {
  const { name, version } = readAbout()
  return `${name}/${version}`
}

/** The address of a file in the folder of the program. */
const urlOf = (file: string) => new URL(`../../${file}`, import.meta.url)

/** `scripts/image-rootfs.mjs` writes built.json. */
function read<T>(file: string): T {
  return JSON.parse(readFileSync(urlOf(file), 'utf8')) as T // our own files
}
