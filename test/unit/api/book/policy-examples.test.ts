/** Loads the policies in the chapter on the policy language and compares each decision with what its table states. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { marked, type Tokens } from 'marked'
import { afterAll, describe, expect, it } from 'vitest'
import { parseInstant } from '../../../../src/domain/gate/policy/instant.ts'
import type { Instant } from '../../../../src/domain/gate/policy/rule.ts'
import { DecisionError } from '../../../../src/domain/gate/request/decision-error.ts'
import { readPolicySet } from '../../../../src/gate-input/policies/load.ts'
import { decide, type Outside, result, waiver } from '../../../support/gate/builders.ts'

const folder = mkdtempSync(join(tmpdir(), 'freshwave-book-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Row = {
  subject: string
  'decision context': string
  'product version': string
  'results and waivers': string
  satisfied: string
  summary: string
}

const tokens = marked.lexer(readFileSync('docs/policies.md', 'utf8'))
const blocks = tokens.filter((token): token is Tokens.Code => token.type === 'code' && token.lang === 'yaml')
const isRuleFile = ({ text }: Tokens.Code) => text.startsWith('# gating.yaml\n')
const rows = tokens
  .filter((token): token is Tokens.Table => token.type === 'table')
  .filter(({ header }) => header.at(-1)?.text === 'summary')
  .flatMap(
    ({ header, rows }) =>
      rows.map((cells) => Object.fromEntries(cells.map(({ text }, i) => [header[i]?.text, text])) as Row), // the columns are checked below
  )

const ruleFile = blocks.filter(isRuleFile).map(({ text }) => text)[0]
writeFileSync(
  join(folder, 'chapter.yaml'),
  blocks
    .filter((block) => !isRuleFile(block))
    .map(({ text }) => `${text}\n`)
    .join(''),
)
const set = await readPolicySet({ POLICIES_DIR: folder, SUBJECT_TYPES_DIR: 'conf/subject-types' })

const spans = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)

function subjectOf(cell: string): { type: string; item: string } {
  const [first = '', second] = (spans(cell)[0] ?? '').split(' ')
  return second === undefined ? { type: 'koji_build', item: first } : { type: first, item: second }
}

/** The facts that the cell names: `TEST: OUTCOME`, `TEST: OUTCOME in SCENARIO`, `waived: TEST`, `built: TIME`. */
function outsideOf(row: Row): Outside {
  const { type, item } = subjectOf(row.subject)
  const key = type === 'compose' ? 'productmd.compose.id' : 'item'
  const known = spans(row['results and waivers']).map((text) => text.split(': '))
  const built = known.find(([name]) => name === 'built')?.[1]
  const revision = `git+https://src.fedoraproject.org/rpms/package#${'a'.repeat(40)}`
  const creationTime: Instant | null = built === undefined ? null : parseInstant(built)
  return {
    results: known
      .filter(([name]) => name !== 'waived' && name !== 'built')
      .map(([name = '', said = '']) => {
        const [outcome = '', scenario] = said.split(' in ')
        return result(name, outcome, { nvr: item, type, key, ...(scenario && { scenario }) })
      }),
    waivers: known
      .filter(([name]) => name === 'waived')
      .map(([, test = '']) =>
        waiver(test, { subjectType: type, subjectIdentifier: item, productVersion: row['product version'] }),
      ),
    builds: { [item]: { kind: 'found', build: { creationTime, sourceUrl: revision } } },
    files: {
      [`https://src.fedoraproject.org/rpms/package/raw/${'a'.repeat(40)}/f/gating.yaml`]: ruleFile ?? '',
    },
  }
}

function judged(row: Row): { satisfied: string; summary: string } {
  const { type, item } = subjectOf(row.subject)
  const body = {
    decision_context: spans(row['decision context'])[0],
    product_version: spans(row['product version'])[0],
    subject: [type === 'compose' ? { 'productmd.compose.id': item } : { type, item }],
  }
  try {
    const { policies_satisfied: satisfied, summary } = decide(body, outsideOf(row), {
      policies: set.policies,
      types: set.subjectTypes,
    })
    return { satisfied: satisfied ? 'yes' : 'no', summary }
  } catch (error) {
    if (!(error instanceof DecisionError)) throw error
    return { satisfied: 'error', summary: error.message }
  }
}

describe('the examples of the policy language', () => {
  it('are all there', () => {
    expect(set.policies.length).toBeGreaterThan(6)
    expect(ruleFile).toContain('!PassingTestCaseRule')
    expect(rows.length).toBeGreaterThan(12)
    expect(new Set(rows.map(({ satisfied }) => satisfied))).toEqual(new Set(['yes', 'no', 'error']))
  })

  it.each(rows.map((row, i) => [i + 1, row.subject, row['decision context'], row] as const))(
    'row %i, %s at %s, is decided as the chapter states',
    (_number, _subject, _context, row) => {
      expect(judged(row)).toEqual({ satisfied: row.satisfied, summary: row.summary })
    },
  )
})
