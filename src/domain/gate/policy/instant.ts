/** Parses ISO 8601 dates and times; without a zone they are UTC (behaviour/greenwave 1.3). */
import type { Instant } from './rule.ts'

const DATE = /^(?!0000)(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)/
const TIME =
  /(?:[Tt ](?<hour>\d\d)(?::?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?)?)?/
const ZONE = /(?: ?(?:[Zz]|UTC|(?<sign>[+-])(?<hours>[01]\d|2[0-3])(?::?(?<minutes>[0-5]\d))?))?$/
const FORM = new RegExp(DATE.source + TIME.source + ZONE.source)

/** `2021-10-02`, `2021-10-02 08:37`, `20211002T083717Z`, `2021-10-02T08:37:17.123456+02:00`; null for anything else. */
export function parseInstant(text: string): Instant | null {
  const found = FORM.exec(text.trim())?.groups
  if (!found) return null
  const number = (name: string) => Number(found[name] ?? 0)
  const parts = [
    number('year'),
    number('month') - 1,
    number('day'),
    number('hour'),
    number('minute'),
    number('second'),
  ] as const
  const whole = new Date(0)
  whole.setUTCFullYear(parts[0], parts[1], parts[2])
  whole.setUTCHours(parts[3], parts[4], parts[5])
  if (!isSame(whole, parts)) return null // 30 February, 25 o'clock
  const fraction = Number(`0.${found['fraction'] ?? 0}`) * 1000
  const offset = (number('hours') * 60 + number('minutes')) * 60_000
  return whole.getTime() + fraction - (found['sign'] === '-' ? -offset : offset)
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
