/** The failure to bring tables to their newest form, as the start reports it. */
import { messageOf } from '../errors.ts'
import { addressOf } from '../until-reachable.ts'

/** An error with one sentence that names the setting, and with the `code` of the failure, by which callers know whether to try again. */
export function notUpToDate(tables: string, url: string, error: unknown): Error {
  const text = `DATABASE_URL: ${tables} in ${addressOf(url)} cannot be brought up to date: ${messageOf(error)}`
  return Object.assign(new Error(text), { code: Reflect.get(Object(error), 'code') })
}
