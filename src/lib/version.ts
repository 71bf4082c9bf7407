/** Name, version and purpose of this program, from package.json. */
import { readFileSync } from 'node:fs'

type About = { name: string; version: string; description: string }

/** Read anew at each call; callers keep it. */
export function readAbout(): About {
  const file = new URL('../../package.json', import.meta.url)
  const { name, version, description } = JSON.parse(readFileSync(file, 'utf8')) as About // our own file
  return { name, version, description }
}
