/** Reading dates: ISO 8601 days and times; without a zone they are UTC (spec/greenwave 1.3). */
import type { Instant } from './rules/rule.ts'

const DATE = /^(\d{4})-(\d\d)-(\d\d)/
const TIME = /(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?/
const ZONE = /(?: ?(?:(Z|UTC)|([+-])(\d\d)(?::?(\d\d))?))?$/
const FORM = new RegExp(DATE.source + TIME.source + ZONE.source)

/** `2021-10-02`, `2021-10-02 08:37`, `2021-10-02T08:37:17.123456+02:00`; null for anything else. */
export function parseInstant(text: string): Instant | null {
  const match = FORM.exec(text.trim())
  if (!match) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0))
  const parts = [year ?? 0, (month ?? 0) - 1, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0] as const
  const whole = new Date(0)
  whole.setUTCFullYear(parts[0], parts[1], parts[2])
  whole.setUTCHours(parts[3], parts[4], parts[5])
  if (!isSame(whole, parts)) return null // 30 February, 25 o'clock
  const fraction = match[7] ? Number(`0.${match[7]}`) * 1000 : 0
  return whole.getTime() + fraction - offset(match[9], match[10], match[11])
}

function isSame(date: Date, [year, month, day, hour, minute, second]: readonly number[]): boolean {
  const sameDay = date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day
  return (
    sameDay &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  )
}

function offset(sign = '+', hours = '0', minutes = '0'): number {
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
