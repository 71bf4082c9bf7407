/** The table of handlers; an event goes to the first that handles its type and its advisory's content types. */
import type { Environment } from '../config/env.ts'
import { asyncRebuild } from './async-rebuild.ts'
import { bundleAdvisory } from './bundle-advisory.ts'
import { flatpakApplication } from './flatpak-application.ts'
import type { Handler } from './handler.ts'
import { rpmAdvisory } from './rpm-advisory.ts'

const HANDLERS: readonly Handler[] = [rpmAdvisory, bundleAdvisory, flatpakApplication, asyncRebuild]

/** The handler for an event about an advisory with these content types. */
export function handlerFor(eventTypeId: number, contentTypes: readonly string[]): Handler | undefined {
  return HANDLERS.find(
    (handler) => handles(handler, eventTypeId) && handler.accepts(contentTypes, eventTypeId),
  )
}

/** The handler of a stored event. */
export function handlerOfType(eventTypeId: number): Handler | undefined {
  return HANDLERS.find((handler) => handles(handler, eventTypeId))
}

/** Why a handler is off: services it needs are not configured; undefined when it is on. */
export function whyOff(
  { name, needs }: Pick<Handler, 'name' | 'needs'>,
  env: Environment,
): string | undefined {
  const missing = needs.filter((variable) => !env[variable])
  return missing.length > 0 ? `${name} is off: ${missing.join(', ')} not set` : undefined
}

/** One sentence per handler that is off; logged at start, and part of the readiness. */
export function missingServices(env: Environment): string[] {
  return HANDLERS.flatMap((handler) => whyOff(handler, env) ?? [])
}

function handles(handler: Handler, eventTypeId: number): boolean {
  return (handler.eventTypes as readonly number[]).includes(eventTypeId)
}
