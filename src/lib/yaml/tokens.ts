/** Splits a text into the tokens of the YAML package, with the rules of PyYAML where they differ. */
import { CST, Lexer, Parser } from 'yaml'
import { YamlFault } from './node.ts'
import { placeAt, type YamlSource } from './source.ts'

/** The package's kinds, and three for scalars: lines after `|` or `>`, plain scalars, plain scalars in brackets. */
type Kind = CST.TokenType | 'block' | 'plain' | 'flow-plain' | null
type Lexeme = { kind: Kind; text: string }

/** The tokens up to the first fault, which is left in `source`: the documents before it are still to be composed. */
export function* yamlTokens(source: YamlSource): Generator<CST.Token> {
  try {
    yield* tokens(source)
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    source.fault = error
  }
}

/** Stops at the first fault: composing thousands of faults takes time that grows with their square. */
function* tokens(source: YamlSource): Generator<CST.Token> {
  const parser = new Parser(source.lines.addNewLine)
  source.lines.addNewLine(0)
  for (const lexeme of lexemes(source.text)) {
    const { offset } = parser
    throwFault(lexeme, source, offset)
    if (lexeme.kind === 'tag' || lexeme.kind === 'anchor') source.properties.offsets.push(offset)
    for (const token of parser.next(lexeme.text)) yield sound(token, source)
  }
  for (const token of parser.end()) yield sound(token, source)
}

function sound(token: CST.Token, source: YamlSource): CST.Token {
  if (token.type === 'error') throw new YamlFault(token.message, placeAt(source, token.offset))
  return token
}

function* lexemes(source: string): Generator<Lexeme> {
  const lexer = unindented(new Lexer())
  let kind: Kind = null
  let isBlock = false
  for (const text of lexer.lex(source)) {
    const plain = lexer['flowLevel'] > 0 ? 'flow-plain' : 'plain'
    if (kind !== 'scalar') kind = CST.tokenType(text)
    else kind = isBlock ? 'block' : plain
    yield { kind, text }
    if (kind === 'block-scalar-header') isBlock = true
    if (kind === 'block') isBlock = false
  }
}

/**
 * Lets brackets and quotes continue at any column, as PyYAML does; only the end of a document stops them.
 * The lexer has no option for this, and the members in `['...']` are private: check them when updating the package.
 */
function unindented(lexer: Lexer): Lexer {
  const inBrackets = lexer['parseFlowCollection'].bind(lexer)
  const inQuotes = lexer['parseQuotedScalar'].bind(lexer)
  function* anywhere<T>(parse: () => Generator<string, T>): Generator<string, T> {
    const indent = lexer['indentNext']
    lexer['indentNext'] = 0
    const next = yield* parse()
    lexer['indentNext'] = indent
    return next
  }
  lexer['parseFlowCollection'] = () => anywhere(inBrackets)
  lexer['parseQuotedScalar'] = () => anywhere(inQuotes)
  return lexer
}

const UNCLOSED = 'found unexpected end of stream or document'

/** What PyYAML refuses and the package accepts, with PyYAML's messages. */
const FAULTS: readonly [kinds: readonly Kind[], form: RegExp, message: string][] = [
  [['space', 'plain', 'flow-plain'], /\t/, "found character '\\t' that cannot start any token"],
  [['flow-plain'], /^:/, "expected the node content, but found ':'"],
  [['flow-plain'], /\?/, "expected ',' or ']', but got '?'"],
  [['anchor', 'alias'], /(?!^)[^\w-]/, 'expected an alphabetic or numeric character'],
  [['single-quoted-scalar'], /^'[^']*(?:''[^']*)*$/, UNCLOSED],
  [['double-quoted-scalar'], /^"[^"\\]*(?:\\.[^"\\]*)*$/s, UNCLOSED],
  [['block'], /^(?: *\r?\n)*[^ \r\n]/, "expected '<document start>'"],
  [['tag'], /#/, "expected ' ', but found '#'"],
  [['directive-line'], /^%YAML[ \t]+(?!1\.)\d/, 'found incompatible YAML document (version 1.* is required)'],
]

function throwFault({ kind, text }: Lexeme, source: YamlSource, offset: number): void {
  for (const [kinds, form, message] of FAULTS) {
    const index = kinds.includes(kind) ? text.search(form) : -1
    if (index >= 0) throw new YamlFault(message, placeAt(source, offset + index))
  }
  const after = kind === 'tag' ? source.text[offset + text.length] : undefined
  if (after !== undefined && !/\s/.test(after))
    throw new YamlFault(`expected ' ', but found '${after}'`, placeAt(source, offset + text.length))
}
