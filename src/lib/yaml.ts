/** Reads YAML 1.1 texts of several documents as trees of plain data; no text, however hostile, makes it throw. */
import { Composer, type CST, LineCounter, Parser, type YAMLParseError } from 'yaml'
import { YamlFault, type YamlNode, type YamlPlace } from './yaml-node.ts'
import { placeAt, toTree } from './yaml-tree.ts'

/** The documents up to the first fault, and the fault; its message begins with `YAML Parser Error: `. */
export type YamlStream = { documents: YamlNode[]; problem: { message: string; place: YamlPlace } | null }

/** Bytes or characters; enough for every honest file, and little enough to be read in a moment. */
const MAX_LENGTH = 128 * 1024
const START: YamlPlace = { line: 1, column: 1 }

// `failsafe` leaves all scalars alone; which type a text has is for the reader of the tree to say.
const OPTIONS = { version: '1.1', schema: 'failsafe', uniqueKeys: false, merge: false } as const
const QUIET = { prettyErrors: false, logLevel: 'silent' } as const

// biome-ignore lint/suspicious/noControlCharactersInRegex: YAML forbids exactly these
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\p{Surrogate}/u

/** Reads a text, or bytes that must be UTF-8. */
export function readYaml(input: string | Uint8Array, maxLength = MAX_LENGTH): YamlStream {
  const documents: YamlNode[] = []
  const lines = new LineCounter()
  try {
    const text = checked(input, maxLength)
    for (const tree of trees(text, lines)) documents.push(tree)
    return { documents, problem: null }
  } catch (error) {
    const fault = faultOf(error)
    const { line, column } = fault.place
    const message = `YAML Parser Error: ${fault.message}\n  in "<unicode string>", line ${line}, column ${column}`
    return { documents, problem: { message, place: fault.place } }
  }
}

function* trees(text: string, lines: LineCounter): Generator<YamlNode> {
  const composer = new Composer({ ...OPTIONS, ...QUIET })
  for (const { errors, contents } of composer.compose(tokens(text, lines))) {
    throwFirst(errors, lines)
    yield toTree(contents, lines)
  }
  throwFirst(composer.streamInfo().errors, lines)
}

/** Stops at the first fault: composing thousands of them takes time that grows with their square. */
function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') throw new YamlFault(token.message, placeAt(lines, token.offset))
    yield token
  }
}

function throwFirst(errors: readonly YAMLParseError[], lines: LineCounter): void {
  const [first] = errors
  if (!first) return
  const tooDeep = first.code === 'RESOURCE_EXHAUSTION' // its message speaks of the program's stack
  throw new YamlFault(tooDeep ? 'nested too deep' : first.message, placeAt(lines, first.pos[0]))
}

function checked(input: string | Uint8Array, maxLength: number): string {
  if (input.length > maxLength) throw new YamlFault(`the text is longer than ${maxLength} characters`, START)
  const text = typeof input === 'string' ? input : decode(input)
  const unprintable = UNPRINTABLE.exec(text)
  if (!unprintable) return text
  const code = (unprintable[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  const before = text.slice(0, unprintable.index).split('\n')
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  throw new YamlFault(`unacceptable character #x${code}: special characters are not allowed`, place)
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
