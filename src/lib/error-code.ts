/** Reads the code by which Node, undici, ioredis and PostgreSQL name the kind of an error. */

/** The `code` of anything that was thrown, such as `ENOENT` or `40P01`; an empty text where there is none. */
export function errorCode(thrown: unknown): string {
  const code: unknown = Reflect.get(Object(thrown), 'code')
  return typeof code === 'string' ? code : ''
}
