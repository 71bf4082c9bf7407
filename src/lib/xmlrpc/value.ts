/** The values XML-RPC carries, in the dialect of Koji: `nil` and 64-bit integers included (behaviour/koji 1). */

const DOUBLE = Symbol('double')

/** A number marked by `double()`. */
export type XmlRpcDouble = { readonly [DOUBLE]: number }

/** What may be sent. A whole number goes as int (i8 beyond 32 bits), any other number as double. */
export type XmlRpcInput =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | XmlRpcDouble
  | readonly XmlRpcInput[]
  | { readonly [name: string]: XmlRpcInput }

/**
 * What a well-formed value is decoded to that cannot be represented: an integer beyond 2^53, a double that is not finite, a
 * boolean that is neither, an unknown type. NaN, which zod takes for no type at all, so that it affects only its own record.
 */
export const UNREADABLE = Number.NaN

/** What comes out of the decoder. `dateTime.iso8601` is given as its text, base64 as bytes. */
export type XmlRpcValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | XmlRpcValue[]
  | { [name: string]: XmlRpcValue }

/** The bytes are not XML-RPC, or a value to send cannot be represented exactly; the message names what and where. */
export class XmlRpcSyntaxError extends Error {
  override readonly name = 'XmlRpcSyntaxError'
}

/** Values nested deeper are refused, in both directions: no legitimate message needs them, and they use up the stack. */
export const MAX_DEPTH = 64

/** Marks a number to be sent as `<double>` even when it is whole, as Koji sends its `*_ts` and `weight` fields. */
export function double(value: number): XmlRpcDouble {
  return { [DOUBLE]: value }
}

/** The number inside a mark made by `double()`; undefined for everything else. */
export function markedDouble(value: object): number | undefined {
  return (value as Partial<XmlRpcDouble>)[DOUBLE] // reading a symbol an object lacks is safe
}

/** Keyword arguments for a Koji method: the last struct of the parameters with the hub's marker member. */
export function kwargs(named: Record<string, XmlRpcInput>): XmlRpcInput {
  return { ...named, __starstar: true }
}
