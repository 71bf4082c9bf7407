/** Dates as both APIs and all messages write them (behaviour/freshmaker 2). */

/** `YYYY-MM-DDTHH:MM:SSZ`, fractions of a second cut off. */
export function presentDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** Like `presentDate`; null stays null. */
export function presentDateOrNull(date: Date | null): string | null {
  return date === null ? null : presentDate(date)
}
