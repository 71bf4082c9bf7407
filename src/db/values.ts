/** Values as the driver returns or takes them: statements outside of the ORM get times and lists as text. */

/** A time as selected; null stays null. */
export function dateOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

/** Ids as one parameter, for `any(?::int[])` or `any(?::bigint[])`. */
export function idArray(ids: readonly (number | string)[]): string {
  return `{${ids.join()}}`
}
