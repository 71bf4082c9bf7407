/** Parses the text of a settings file and knows the line of everything in it. */
import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { messageOf } from '../../lib/errors.ts'

/** A place in the file, as keys of mappings and indexes of lists. */
export type KeyPath = readonly PropertyKey[]

/** `value` is undefined for an empty file, and null when `faults` is not empty. */
export type SettingsText = {
  value: unknown
  /** The line, from 1, of the deepest part of the path that is written. */
  lineOf(path: KeyPath): number
  faults: readonly { line: number; message: string }[]
}

/** More aliases than a settings file needs are an attack, or a mistake. */
const MAX_ALIASES = 20

/**
 * Never throws: whatever is not valid YAML is a fault. In `textual` options numbers stay the texts that were written, since these are
 * patterns: 8.10 is not 8.1.
 */
export function readSettingsText(
  text: string,
  { textual = [] }: { textual?: readonly string[] } = {},
): SettingsText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' })
  for (const option of textual) keepNumbersAsWritten(document, option)
  const lineOf = (path: KeyPath) => lines.linePos(offsetOf(document, path)).line || 1
  const tooDeep = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  const faults = (tooDeep ? [tooDeep] : document.errors).map(({ message, pos }) => ({
    line: lines.linePos(pos[0]).line || 1,
    message: tooDeep
      ? 'nested too deeply' // the package's message is about the stack of the program, and others follow from it
      : (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
  }))
  if (faults.length > 0) return { value: null, lineOf, faults }
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? undefined, lineOf, faults }
  } catch (error) {
    return { value: null, lineOf, faults: [{ line: 1, message: messageOf(error) }] }
  }
}

function keepNumbersAsWritten({ contents }: Document, option: string): void {
  const value = isMap(contents) ? contents.get(option, true) : undefined
  if (!isNode(value)) return
  visit(value, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'number' && scalar.source !== undefined) scalar.value = scalar.source
    },
  })
}

function offsetOf(document: Document, path: KeyPath): number {
  let offset = isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0
  let node: unknown = document.contents
  for (const step of path) {
    if (!isCollection(node)) break
    const pair = isMap(node) ? node.items.find(({ key }) => keyText(key) === String(step)) : undefined
    const next = pair?.value ?? (isMap(node) ? undefined : node.get(step, true))
    const place = pair?.key ?? next
    if (!isNode(place)) break
    offset = place.range?.[0] ?? offset
    node = next
  }
  return offset
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}
