/** The identity of this program: name, version and purpose from package.json, and its `User-Agent`. */
import { readFileSync } from 'node:fs'

type About = { name: string; version: string; description: string }

/** Reads the file on each call; keep the result. */
export function readAbout(): About {
  const file = new URL('../../package.json', import.meta.url)
  const { name, version, description } = JSON.parse(readFileSync(file, 'utf8')) as About // our own file
  return { name, version, description }
}

/** The `User-Agent` of requests to outside services, for their access logs. */
export function userAgent(): string {
  const { name, version } = readAbout()
  return `${name}/${version}`
}
