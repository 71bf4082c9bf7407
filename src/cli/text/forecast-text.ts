/** When an event will be done, in one line. Pure: data in, text out. */
import { z } from 'zod'

const instant = z.iso.datetime().transform((value) => new Date(value))

/** What is used of a forecast. */
export const forecastSchema = z.looseObject({ at: instant, p50: instant.nullable(), p90: instant.nullable() })

/** In the time zone of the terminal, with the day where it is not that of the forecast; no line when nothing is open. */
export function forecastLines({ at, p50, p90 }: z.infer<typeof forecastSchema>): string[] {
  if (!p50 || !p90) return []
  return [`done about ${timeText(p50, at)}, ${timeText(p90, at)} at the latest (90 %)`]
}

function timeText(time: Date, at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  if (time.toDateString() === at.toDateString()) return clock
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`
}
