/** Parses a GraphQL query document: fields, aliases, arguments with literals and variables (no fragments). */

/** An argument's value: variables are already replaced by their values, enum values are texts. */
export type GraphqlValue =
  | null
  | boolean
  | number
  | string
  | GraphqlValue[]
  | { [name: string]: GraphqlValue }

/** One requested field; `selection` is null when the query names no subfields. */
export type Field = {
  name: string
  /** The alias, or the name. */
  key: string
  args: Record<string, GraphqlValue>
  selection: Field[] | null
}

/** The query cannot be parsed or does not match the schema; reported under `errors`. */
export class GraphqlError extends Error {
  override readonly name = 'GraphqlError'
}

const TOKEN =
  /"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\.\.\.|[{}()[\]:!$=@|]/g

type Reader = { tokens: readonly string[]; at: number; variables: Record<string, GraphqlValue> }

/** The fields of the first operation of a document. @throws GraphqlError with what was expected */
export function readDocument(text: string, variables: Record<string, GraphqlValue>): Field[] {
  const withoutComments = text.replace(/#[^\n]*/g, '')
  const reader: Reader = { tokens: withoutComments.match(TOKEN) ?? [], at: 0, variables: { ...variables } }
  if (peek(reader) === 'query') {
    reader.at += 1
    if (/^\w/.test(peek(reader))) reader.at += 1
    if (peek(reader) === '(') readVariableDefaults(reader)
  } else if (peek(reader) !== '{')
    throw new GraphqlError(`Syntax Error: Unexpected ${peek(reader) || '<EOF>'}.`)
  return readSelection(reader)
}

/** `($page: Int = 0, ...)`: only the defaults are used, types are not checked. */
function readVariableDefaults(reader: Reader): void {
  expect(reader, '(')
  while (peek(reader) !== ')') {
    expect(reader, '$')
    const name = next(reader)
    expect(reader, ':')
    while (/^(?:\w+|[[\]!])$/.test(peek(reader))) reader.at += 1
    if (peek(reader) !== '=') continue
    reader.at += 1
    const fallback = readValue(reader)
    if (reader.variables[name] === undefined && fallback !== undefined) reader.variables[name] = fallback
  }
  expect(reader, ')')
}

function readSelection(reader: Reader): Field[] {
  expect(reader, '{')
  const fields: Field[] = []
  while (peek(reader) !== '}') fields.push(readField(reader))
  expect(reader, '}')
  return fields
}

function readField(reader: Reader): Field {
  const first = next(reader)
  if (!/^[A-Za-z_]\w*$/.test(first))
    throw new GraphqlError(`Syntax Error: Expected Name, found ${first || '<EOF>'}.`)
  let name = first
  if (peek(reader) === ':') {
    reader.at += 1
    name = next(reader)
  }
  const args = peek(reader) === '(' ? readArguments(reader) : {}
  const selection = peek(reader) === '{' ? readSelection(reader) : null
  return { name, key: first, args, selection }
}

function readArguments(reader: Reader): Record<string, GraphqlValue> {
  expect(reader, '(')
  const args = readMembers(reader, ')')
  expect(reader, ')')
  return args
}

function readMembers(reader: Reader, end: string): Record<string, GraphqlValue> {
  const members: Record<string, GraphqlValue> = {}
  while (peek(reader) !== end) {
    const name = next(reader)
    expect(reader, ':')
    const value = readValue(reader)
    // An undefined variable has the same effect as no argument.
    if (value !== undefined) members[name] = value
  }
  return members
}

const WORDS: Readonly<Record<string, GraphqlValue>> = { true: true, false: false, null: null }

/** undefined: a variable without a value. */
function readValue(reader: Reader): GraphqlValue | undefined {
  const token = next(reader)
  if (token === '$') return reader.variables[next(reader)]
  if (token === '[') return readList(reader)
  if (token === '{') {
    const members = readMembers(reader, '}')
    expect(reader, '}')
    return members
  }
  if (token.startsWith('"""')) return token.slice(3, -3)
  if (token.startsWith('"')) return JSON.parse(token) as string // a token in quotes
  if (/^-?\d/.test(token)) return Number(token)
  if (/^[A-Za-z_]/.test(token)) return Object.hasOwn(WORDS, token) ? (WORDS[token] ?? null) : token
  throw new GraphqlError(`Syntax Error: Unexpected ${token || '<EOF>'}.`)
}

function readList(reader: Reader): GraphqlValue[] {
  const list: GraphqlValue[] = []
  while (peek(reader) !== ']') list.push(readValue(reader) ?? null)
  expect(reader, ']')
  return list
}

function peek(reader: Reader): string {
  return reader.tokens[reader.at] ?? ''
}

function next(reader: Reader): string {
  const token = peek(reader)
  if (token === '') throw new GraphqlError('Syntax Error: Unexpected <EOF>.')
  reader.at += 1
  return token
}

function expect(reader: Reader, expected: string): void {
  const found = next(reader)
  if (found !== expected) throw new GraphqlError(`Syntax Error: Expected "${expected}", found ${found}.`)
}
