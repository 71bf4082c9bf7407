/** Parses YAML 1.1 texts of several documents into trees of plain data; no text, however hostile, makes it throw. */
import { Composer, type YAMLParseError } from 'yaml'
import { unacceptable, YamlFault, type YamlNode, type YamlPlace, type YamlStream } from './node.ts'
import { placeAt, sourceOf, type YamlSource } from './source.ts'
import { yamlTokens } from './tokens.ts'
import { toTree } from './tree.ts'

/** The maximum length of a text, in bytes or characters, and of nodes in it. */
export type YamlLimits = { maxLength: number; maxNodes: number }

/** For texts from outside: enough for every legitimate file, and small enough to be parsed quickly. */
const UNTRUSTED: YamlLimits = { maxLength: 128 * 1024, maxNodes: 50_000 }
const START: YamlPlace = { line: 1, column: 1 }

// `failsafe` keeps all scalars as texts; the reader of the tree decides on their types.
const SCHEMA = { version: '1.1', schema: 'failsafe', resolveKnownTags: false, merge: false } as const
const OPTIONS = {
  uniqueKeys: false,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const

// biome-ignore lint/suspicious/noControlCharactersInRegex: YAML forbids exactly these
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\p{Surrogate}/u

/** What PyYAML takes for a line break and the package does not: to it, a rule behind such a break would belong to the comment before it. */
const OTHER_BREAKS = /\r(?!\n)|\x85/g

/** Parses a text, or bytes that must be UTF-8. */
export function readYaml(input: string | Uint8Array, limits = UNTRUSTED): YamlStream {
  const documents: YamlNode[] = []
  try {
    const text = checked(input, limits.maxLength)
    for (const tree of trees(sourceOf(text), limits.maxNodes)) documents.push(tree)
    return { documents, problem: null }
  } catch (error) {
    const fault = faultOf(error)
    const { line, column } = fault.place
    const message = `YAML Parser Error: ${fault.message}\n  in "<unicode string>", line ${line}, column ${column}`
    return { documents, problem: { message, place: fault.place } }
  }
}

function* trees(source: YamlSource, maxNodes: number): Generator<YamlNode> {
  const composer = new Composer({ ...SCHEMA, ...OPTIONS })
  let isFirst = true
  for (const { errors, contents, directives, range } of composer.compose(yamlTokens(source))) {
    throwFirst(errors, source)
    const isStarted = isFirst || directives.docStart
    if (!isStarted && range[0] === range[1]) continue // nothing but the end of a document that has ended
    if (!isStarted) throw new YamlFault("expected '<document start>'", placeAt(source, range[0]))
    yield toTree(contents, source, maxNodes)
    isFirst = false
  }
  if (source.fault) throw source.fault
  throwFirst(composer.streamInfo().errors, source)
}

function throwFirst(errors: readonly YAMLParseError[], source: YamlSource): void {
  const first = errors.find((error) => !isLegalComment(error, source.text))
  if (!first) return
  const tooDeep = first.code === 'RESOURCE_EXHAUSTION' // the package's message is about the stack of the program
  throw new YamlFault(tooDeep ? 'nested too deeply' : first.message, placeAt(source, first.pos[0]))
}

/** PyYAML needs no space between a comment and the bracket, quote or comma before it. */
function isLegalComment({ message, pos: [offset] }: YAMLParseError, text: string): boolean {
  return message.startsWith('Comments must be separated') && /["'[\]{},]/.test(text.charAt(offset - 1))
}

function checked(input: string | Uint8Array, maxLength: number): string {
  if (input.length > maxLength) throw new YamlFault(`the text is longer than ${maxLength} characters`, START)
  const text = typeof input === 'string' ? input : decode(input)
  const unprintable = UNPRINTABLE.exec(text)
  if (!unprintable) return text.replace(OTHER_BREAKS, '\n')
  const before = text.slice(0, unprintable.index).split('\n')
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  throw unacceptable(unprintable[0], place)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new YamlFault('the text is not UTF-8', START)
  }
}

function faultOf(error: unknown): YamlFault {
  if (error instanceof YamlFault) return error
  return new YamlFault(error instanceof Error ? error.message : String(error), START)
}
