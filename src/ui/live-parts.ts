/** Parts of a page that are fetched alone when something has changed (`parts/live.js`). */
import { html } from 'hono/html'
import type { PageRequest } from './door.ts'
import type { Html } from './words.ts'

/**
 * Milliseconds between two refreshes of a page that follows a stream: forecasts, what work waits for, and decisions at release gates
 * change without a change of an event or build.
 */
export const UNREPORTED_MS = 60_000

/** Renders one part. */
export type RenderPart = () => Html | Promise<Html>

/** The parts that the query's `part` names, each in an element with its id; null: the whole page is requested. */
export async function requestedParts(
  c: PageRequest,
  parts: Readonly<Record<string, RenderPart>>,
): Promise<Response | null> {
  const part = c.req.query('part')
  if (part === undefined) return null
  const wanted = Object.entries(parts).filter(([name]) => part.split(',').includes(name))
  const shown = await Promise.all(
    wanted.map(async ([name, render]) => html`<div id="${name}">${await render()}</div>\n`),
  )
  c.header('Cache-Control', 'no-store')
  return c.html(html`${shown}`)
}
