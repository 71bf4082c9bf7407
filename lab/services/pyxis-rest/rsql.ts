/** Filters in RSQL, the part that Pyxis is queried with: `==`, `!=`, `=in=`, `and`, `or` and parentheses. */

/** The filter cannot be parsed; answered with 400. */
export class RsqlError extends Error {
  override readonly name = 'RsqlError'
}

type Passes = (record: unknown) => boolean
type Reader = { tokens: readonly string[]; at: number }

const TOKEN = /"(?:[^"\\]|\\.)*"|=in=|==|!=|[(),]|[^\s()=!,"]+/g

/** A test for records; without a filter all pass. A path leads through lists: one matching item is enough. */
export function compileRsql(filter: string | undefined): Passes {
  if (filter === undefined || filter === '') return () => true
  const reader: Reader = { tokens: filter.match(TOKEN) ?? [], at: 0 }
  const passes = readAlternatives(reader)
  if (reader.at < reader.tokens.length)
    throw new RsqlError(`Unexpected '${reader.tokens[reader.at]}' in the filter`)
  return passes
}

function readAlternatives(reader: Reader): Passes {
  const parts = [readConjunction(reader)]
  while (take(reader, 'or')) parts.push(readConjunction(reader))
  return (record) => parts.some((passes) => passes(record))
}

function readConjunction(reader: Reader): Passes {
  const parts = [readComparison(reader)]
  while (take(reader, 'and')) parts.push(readComparison(reader))
  return (record) => parts.every((passes) => passes(record))
}

function readComparison(reader: Reader): Passes {
  if (take(reader, '(')) {
    const inner = readAlternatives(reader)
    expect(reader, ')')
    return inner
  }
  const path = next(reader).split('.')
  const operator = next(reader)
  if (operator === '=in=') {
    const values = readList(reader)
    return (record) => valuesAt(record, path).some((value) => values.includes(String(value)))
  }
  const expected = unquoted(next(reader))
  if (operator === '==') return (record) => valuesAt(record, path).some((value) => String(value) === expected)
  if (operator === '!=')
    return (record) => valuesAt(record, path).every((value) => String(value) !== expected)
  throw new RsqlError(`Unknown operator '${operator}' in the filter`)
}

function readList(reader: Reader): string[] {
  expect(reader, '(')
  const values = [unquoted(next(reader))]
  while (take(reader, ',')) values.push(unquoted(next(reader)))
  expect(reader, ')')
  return values
}

function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(value))
    return value.flatMap((item) => valuesAt(item, name === undefined ? [] : [name, ...rest]))
  if (name === undefined) return [value ?? null]
  if (typeof value !== 'object' || value === null) return []
  return valuesAt(Reflect.get(value, name) ?? null, rest)
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token
}

function take(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false
  reader.at += 1
  return true
}

function next(reader: Reader): string {
  const token = reader.tokens[reader.at]
  if (token === undefined) throw new RsqlError('The filter ends too early')
  reader.at += 1
  return token
}

function expect(reader: Reader, expected: string): void {
  const found = next(reader)
  if (found !== expected) throw new RsqlError(`Expected '${expected}', found '${found}' in the filter`)
}
