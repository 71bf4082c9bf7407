/** The table of handlers: what the type of an event rebuilds decides which one takes it. */
import type { Environment } from '../config/env.ts'
import { type EventSubject, eventSubject } from '../domain/event-subject.ts'
import { asyncRebuild } from './async-rebuild.ts'
import { bundleAdvisory } from './bundle-advisory.ts'
import { flatpakApplication } from './flatpak-application.ts'
import type { Handler } from './handler.ts'
import { rpmAdvisory } from './rpm-advisory.ts'

const HANDLERS: Record<EventSubject, Handler> = {
  images: rpmAdvisory,
  bundles: bundleAdvisory,
  flatpaks: flatpakApplication,
  'named-images': asyncRebuild,
}

/** The handler for an event about an advisory with these content types; undefined: none takes it. */
export function handlerFor(eventTypeId: number, contentTypes: readonly string[]): Handler | undefined {
  const handler = handlerOfType(eventTypeId)
  return handler?.accepts(contentTypes, eventTypeId) ? handler : undefined
}

/** The handler of a stored event; undefined when nothing here rebuilds for its type. */
export function handlerOfType(eventTypeId: number): Handler | undefined {
  const subject = eventSubject(eventTypeId)
  return subject === null ? undefined : HANDLERS[subject]
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
  return Object.values(HANDLERS).flatMap((handler) => whyOff(handler, env) ?? [])
}
