/** The values that XML-RPC carries in Koji's dialect, which adds `nil` and 64-bit integers (behaviour/koji 1). */

const DOUBLE = Symbol('double')

/** A number marked by `double()`. */
export type XmlRpcDouble = { readonly [DOUBLE]: number }

/** Values that can be sent. An integer is sent as int (i8 beyond 32 bits), any other number as double. */
export type XmlRpcInput =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | XmlRpcDouble
  | readonly XmlRpcInput[]
  | { readonly [name: string]: XmlRpcInput }

/** Values that the decoder returns: `dateTime.iso8601` as text, base64 as bytes. */
export type XmlRpcValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | XmlRpcValue[]
  | { [name: string]: XmlRpcValue }

/** Text that is not XML-RPC, or a value that XML-RPC cannot represent exactly; the message says what and where. */
export class XmlRpcSyntaxError extends Error {
  override readonly name = 'XmlRpcSyntaxError'
}

/** Limit in both directions: no legitimate value is nested deeper, and decoding it would use up the stack. */
export const MAX_DEPTH = 64

/** Marks a number to be sent as `<double>` even if it is an integer, as Koji sends its `*_ts` and `weight` fields. */
export function double(value: number): XmlRpcDouble {
  return { [DOUBLE]: value }
}

/** The number marked by `double()`; undefined for anything else. */
export function markedDouble(value: object): number | undefined {
  return (value as Partial<XmlRpcDouble>)[DOUBLE] // reading a missing symbol of any object is safe
}

/** Keyword arguments of a Koji method: a struct with the hub's marker member, passed as the last parameter. */
export function kwargs(named: Record<string, XmlRpcInput>): XmlRpcInput {
  return { ...named, __starstar: true }
}
