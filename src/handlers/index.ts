/** The table of handlers; an event goes to the first that handles its type and its advisory's content types. */
import type { Environment } from '../config/env.ts'
import { asyncRebuild } from './async-rebuild.ts'
import type { Handler } from './handler.ts'
import { rpmAdvisory } from './rpm-advisory.ts'

const HANDLERS: readonly Handler[] = [rpmAdvisory, asyncRebuild]

/** The handler for an event about an advisory with these content types. */
export function handlerFor(eventTypeId: number, contentTypes: readonly string[]): Handler | undefined {
  return HANDLERS.find((handler) => handles(handler, eventTypeId) && handler.accepts(contentTypes))
}

/** The handler of a stored event. */
export function handlerOfType(eventTypeId: number): Handler | undefined {
  return HANDLERS.find((handler) => handles(handler, eventTypeId))
}

/** One sentence per handler that is off because a service it needs is not configured; logged at start. */
export function missingServices(env: Environment): string[] {
  return HANDLERS.flatMap(({ name, needs }) => {
    const missing = needs.filter((variable) => !env[variable])
    return missing.length > 0 ? [`${name} is off: ${missing.join(', ')} not set`] : []
  })
}

function handles(handler: Handler, eventTypeId: number): boolean {
  return (handler.eventTypes as readonly number[]).includes(eventTypeId)
}
