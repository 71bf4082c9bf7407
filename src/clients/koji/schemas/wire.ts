/** Values as the hub sends them, in whatever way it expresses "nothing". */
import { z } from 'zod'
import { MAX_INTEGER } from '../../../lib/storable.ts'

/** Ids are 32 bits wide, in the hub's database as in ours. */
export const id = z.number().int().max(MAX_INTEGER)
/** The hub takes numbers in `extra` as text too. */
export const givenId = z.union([id, z.string().regex(/^\d+$/).transform(Number).pipe(id)])
/** A value of any other kind counts as missing, and so does 0, as in the originals: the hub counts from 1. */
export const optionalId = givenId
  .nullish()
  .catch(null)
  .transform((value) => value || null)
export const optionalText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)
/** The readable ids of a list; null without a list. */
export const optionalIds = z
  .array(optionalId)
  .nullish()
  .catch(null)
  .transform((ids) => ids?.filter((value) => value !== null) ?? null)

/** The hub has more than one way to express "nothing". */
export function emptyToNull(value: unknown): unknown {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0) ? null : value
}

/** The name of a state by its number. */
export function stateIn<const S extends readonly string[]>(states: S) {
  return z.number().transform((number, check): S[number] => {
    const name = states[number]
    if (name === undefined) check.addIssue(`unknown state ${number}`)
    return name ?? z.NEVER
  })
}
