/** Reads the request for a compose, with the refusals of ODCS (behaviour/services 1, requesting). */
import { z } from 'zod'
import { type Compose, SOURCE_TYPES, type SourceType } from './state.ts'

const ALLOWED_TEXT = /^[A-Za-z0-9\-/_.:#+?$~ ]*$/

const text = (name: string) =>
  z.string(`${name} should be a string`).regex(ALLOWED_TEXT, `${name} contains a forbidden character`)
const list = (name: string) => z.array(z.string(), `${name} should be a list`).default([])

const isSourceType = (name: unknown) => typeof name === 'string' && Object.hasOwn(SOURCE_TYPES, name)

const requestSchema = z.object(
  {
    source: z.object(
      {
        type: z.custom<SourceType>(isSourceType, 'Unknown source type'),
        source: text('source').default(''),
        packages: list('packages'),
        builds: list('builds'),
        sigkeys: list('sigkeys'),
        modules: list('modules'),
      },
      'Missing source type',
    ),
    seconds_to_live: z.int('seconds_to_live should be an integer').optional(),
    'seconds-to-live': z.int('seconds-to-live should be an integer').optional(),
    flags: list('flags'),
    arches: list('arches'),
  },
  'No JSON data',
)

const FLAGS = new Set([
  'no_deps',
  'no_inheritance',
  'include_unpublished_pulp_repos',
  'check_deps',
  'include_done_modules',
  'ignore_absent_pulp_repos',
  'no_reuse',
  'use_only_compatible_arch',
])

/** A compose as it was requested: everything but what ODCS adds. */
export type ComposeRequest = Omit<
  Compose,
  'id' | 'owner' | 'state' | 'stateReason' | 'submittedAt' | 'startedAt' | 'doneAt'
>

/** The requested compose, or the message of a 400. */
export function readComposeRequest(body: unknown): ComposeRequest | string {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success) return parsed.error.issues[0]?.message ?? 'Bad Request'
  const { source, flags, arches, ...rest } = parsed.data
  const unknown = flags.find((flag) => !FLAGS.has(flag))
  if (unknown !== undefined) return `Unknown flag ${unknown}`
  if (source.source === '' && source.type !== 'build')
    return `No source provided for ${SOURCE_TYPES[source.type]}`
  return {
    sourceType: source.type,
    source: [...new Set(source.source.split(' '))].join(' '),
    packages: source.packages,
    builds: source.builds,
    sigkeys: source.sigkeys,
    modules: source.modules,
    secondsToLive: rest.seconds_to_live ?? rest['seconds-to-live'] ?? 24 * 3600,
    flags,
    arches: arches.length > 0 ? arches : ['x86_64'],
  }
}
