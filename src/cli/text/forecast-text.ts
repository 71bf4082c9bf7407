/** Formats when an event will be done, and how many of its images may go out. Pure: data in, text out. */
import { z } from 'zod'

const instant = z.iso.datetime().transform((value) => new Date(value))

/** What is used of a forecast; an older service does not count the images that may go out. */
export const forecastSchema = z.looseObject({
  at: instant,
  p50: instant.nullable(),
  p90: instant.nullable(),
  counts: z.looseObject({ rebuilt: z.number(), may_go_out: z.number().nullable().default(null) }),
})

/** In the time zone of the terminal, with the day where it is not that of the forecast; no line for what is not known. */
export function forecastLines({ at, p50, p90, counts }: z.infer<typeof forecastSchema>): string[] {
  const { rebuilt, may_go_out: free } = counts
  return [
    ...(p50 && p90 ? [`done about ${timeText(p50, at)}, ${timeText(p90, at)} at the latest (90 %)`] : []),
    ...(free === null || rebuilt === 0 ? [] : [`${free} of ${rebuilt} rebuilt images may go out`]),
  ]
}

function timeText(time: Date, at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  if (time.toDateString() === at.toDateString()) return clock
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`
}
