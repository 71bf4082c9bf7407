/** Random and hostile input: it is read, or refused in a known way, in bounded time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distributeResults,
  latest,
  matches,
  queriesFor,
} from '../../../src/domain/gate/facts/result-selection.ts'
import { parseScmUrl } from '../../../src/domain/gate/judge/scm-url.ts'
import { globs } from '../../../src/domain/gate/policy/glob.ts'
import { parseInstant } from '../../../src/domain/gate/policy/instant.ts'
import { DecisionError } from '../../../src/domain/gate/request/decision-error.ts'
import { guessFrom } from '../../../src/domain/gate/subject/product-version.ts'
import { resultQueriesOf } from '../../../src/domain/gate/subject/subject.ts'
import { readPolicies } from '../../../src/gate-input/policies/read-policies.ts'
import { readSubjectTypes } from '../../../src/gate-input/policies/read-subject-types.ts'
import { parseJsonBody } from '../../../src/gate-input/request/body.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { subjectFromName } from '../../../src/gate-input/request/parse-subjects.ts'
import { readYaml } from '../../../src/lib/yaml/read.ts'
import {
  bytes,
  DISTINCT_ON,
  decide,
  policyYaml,
  request,
  result,
  TYPES,
} from '../../support/gate/builders.ts'

/** The only errors that a client may see. */
function onlyDecisionErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(DecisionError)
    expect((error as DecisionError).message.length).toBeLessThan(20_000)
  }
}

const fields = [
  ...[
    'decision_context',
    'product_version',
    'subject_type',
    'subject_identifier',
    'subject',
    'verbose',
    'when',
  ],
  ...[
    'ignore_result',
    'ignore_waiver',
    'rules',
    'id',
    'packages',
    'excluded_packages',
    'product_versions',
    '__proto__',
  ],
]
const someRule = fc.record(
  {
    type: fc.constantFrom<unknown>('PassingTestCaseRule', 'RemoteRule', 'Policy', 'constructor', 5),
    test_case_name: fc.jsonValue(),
    sources: fc.oneof(fc.array(fc.webUrl()), fc.jsonValue()),
    required: fc.jsonValue(),
    valid_since: fc.oneof(fc.constant('2020-01-01'), fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const someSubject = fc.dictionary(
  fc.constantFrom('type', 'item', 'nvr', 'original_spec_nvr', '__proto__'),
  fc.jsonValue(),
)
const value = fc.oneof(
  fc.jsonValue(),
  fc.array(someSubject),
  fc.array(someRule),
  fc.string(),
  fc.constant('fedora-26'),
)

describe('any request body', () => {
  it('is decided or refused in a known way', () => {
    const body = fc.dictionary(fc.constantFrom(...fields), value)
    fc.assert(
      fc.property(body, fc.boolean(), (mutation, isWhole) => {
        const json = JSON.parse(JSON.stringify(isWhole ? request(mutation) : mutation))
        onlyDecisionErrors(() => decide(json))
      }),
      { numRuns: 500 },
    )
  }, 120_000)

  it('is read or refused in a known way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        onlyDecisionErrors(() => parseDecisionRequest(parseJsonBody('application/json', bytes(text)), TYPES))
      }),
    )
  })
})

/** Texts that look like definitions, with anything in between. */
const yamlText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '--- !Policy\n',
        'id: x\n',
        'rules:\n',
        '- !RemoteRule {}\n',
        '  - a\n',
        '&a ',
        '*a',
        '<<: ',
        '[',
        ']',
        '{',
        '}',
      ),
      fc.constantFrom(
        'product_versions: ',
        'decision_context: c\n',
        '!PassingTestCaseRule ',
        '{test_case_name: ',
        ': ',
        '\n',
        '"',
        "'",
        '|\n',
        '\t',
      ),
      fc.string({ maxLength: 5, unit: 'binary' }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(''))

describe('any file content', () => {
  it('becomes definitions and problems with a place', () => {
    fc.assert(
      fc.property(yamlText, (text) => {
        const stream = readYaml(text)
        const read = [
          readPolicies(stream, 'configured'),
          readPolicies(stream, 'remote'),
          readSubjectTypes(stream),
        ]
        for (const { problems } of read) {
          for (const { place, message } of problems) {
            expect(place?.line).toBeGreaterThan(0)
            expect(message).not.toBe('')
          }
        }
      }),
      { numRuns: 1000 },
    )
  }, 120_000)

  it('may be arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readYaml(bytes)))
  })

  it('keeps every quoted id', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), (id) => {
        const { read } = readPolicies(readYaml(policyYaml(JSON.stringify(id), [])), 'configured')
        expect(read[0]?.id).toBe(id)
      }),
    )
  })
})

/** The meaning of a pattern as the simplest possible code, which takes exponential time. */
function naive(pattern: string[], text: string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)))
  if (text.length === 0) return false
  const closing = pattern.indexOf(']', pattern[1] === '!' ? 3 : 2)
  if (first === '[' && closing > 0) {
    const negated = pattern[1] === '!'
    const isMember = inSet(pattern.slice(negated ? 2 : 1, closing), text[0] ?? '')
    return isMember !== negated && naive(pattern.slice(closing + 1), text.slice(1))
  }
  return (first === '?' || first === text[0]) && naive(rest, text.slice(1))
}

function inSet([from, dash, to, ...rest]: string[], character: string): boolean {
  if (from === undefined) return false
  if (dash === '-' && to !== undefined) {
    return (from <= character && character <= to) || inSet(rest, character)
  }
  return (
    from === character ||
    inSet(
      [dash, to, ...rest].filter((item) => item !== undefined),
      character,
    )
  )
}

describe('patterns', () => {
  const letters = (more: string) =>
    fc.string({ unit: fc.constantFrom(...'ab]^\\.-/', ...more), maxLength: 8 })

  it('match what the reference matches', () => {
    fc.assert(
      fc.property(letters('**?[[!😀'), letters('😀\n'), (pattern, text) => {
        expect(globs([pattern]).matches(text)).toBe(naive([...pattern], [...text]))
      }),
      { numRuns: 5000 },
    )
  })

  it('never throw, whatever they contain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (pattern, text) => {
        globs([pattern, `*${pattern}*`]).matches(text)
      }),
    )
  })

  it('match in bounded time', () => {
    const text = 'a'.repeat(8192)
    const patterns = [
      '*a'.repeat(500),
      '*a*'.repeat(333),
      `${'a*'.repeat(499)}b`,
      `*${'a'.repeat(998)}b`,
      `*${'?'.repeat(998)}b`,
      `${'*[a-z]'.repeat(166)}b`,
    ]
    for (const pattern of patterns) globs([pattern]).matches(text) // the limit is that of the test
  })
})

describe('parsers accept any text', () => {
  it.each([
    ['dates', parseInstant],
    ['source URLs', parseScmUrl],
    ['build targets', (text: string) => guessFrom(text, true)],
  ])('for %s', (_, read) => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void read(text)))
  })

  it('for dates in printed form', () => {
    const years = { min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }
    fc.assert(fc.property(fc.date(years), (date) => parseInstant(date.toISOString()) === date.getTime()))
  })
})

describe('a joint answer', () => {
  const row = fc.record({
    testCase: fc.constantFrom('t', 'u'),
    item: fc.subarray(['a-1-1', 'b-1-1'], { minLength: 1 }),
    spec: fc.subarray(['a-1-1', 'b-1-1']),
    type: fc.constantFrom('koji_build', 'brew-build', 'compose'),
    scenario: fc.subarray(['x', 'y']),
    second: fc.nat(3),
  })
  const results = fc.array(row, { maxLength: 15 }).map((rows) =>
    rows.map(({ testCase, item, spec, type, scenario, second }, index) => {
      const data = { item, original_spec_nvr: spec, scenario }
      return result(testCase, 'PASSED', { id: index + 1, type, at: `2021-01-01T00:00:0${second}`, data })
    }),
  )
  const needs = ['a-1-1', 'b-1-1'].map((name) => ({
    subject: subjectFromName(TYPES, 'koji_build', name),
    testCases: ['t'],
  }))

  it('gives each subject what its own queries would have found', () => {
    fc.assert(
      fc.property(results, (stored) => {
        const single = needs.map(({ subject }) =>
          resultQueriesOf(subject).flatMap((query) =>
            latest(
              stored.filter((item) => item.testCase === 't' && matches(item, query)),
              DISTINCT_ON,
            ),
          ),
        )
        // What the database returns for one query about all subjects, with their distinguishing keys in `_distinct_on`.
        const joint = ['item', 'original_spec_nvr'].flatMap((key) =>
          latest(
            stored.filter((item) => item.data[key]?.length),
            [...DISTINCT_ON, key, 'type'],
          ),
        )
        const queries = needs.map(queriesFor)
        const found = distributeResults(queries.flat(), joint, DISTINCT_ON)
        const parted = queries.map((parts) => parts.flatMap((query) => found.get(query) ?? []))
        expect(parted.map((list) => list.map(({ id }) => id))).toEqual(
          single.map((list) => list.map(({ id }) => id)),
        )
      }),
      { numRuns: 1000 },
    )
  })
})
