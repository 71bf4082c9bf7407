/** Responses in XML-RPC laid out as a Koji hub sends them. */

/** The first line of every document of the hub. */
export const PROLOG = "<?xml version='1.0'?>\n"

/** A response with this value: each element on its own line, except that `</member>` follows a nil directly. */
export function answer(value: string): string {
  return `${PROLOG}<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`
}
