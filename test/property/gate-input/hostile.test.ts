/** Random and hostile input: it is read, or refused in a known way, in bounded time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScmUrl } from '../../../src/domain/gate/judge/scm-url.ts'
import { parseInstant } from '../../../src/domain/gate/policy/instant.ts'
import { DecisionError } from '../../../src/domain/gate/request/decision-error.ts'
import { guessFrom } from '../../../src/domain/gate/subject/product-version.ts'
import { readPolicies } from '../../../src/gate-input/policies/read-policies.ts'
import { readSubjectTypes } from '../../../src/gate-input/policies/read-subject-types.ts'
import { parseJsonBody } from '../../../src/gate-input/request/body.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { readYaml } from '../../../src/lib/yaml/read.ts'
import { bytes, decide, policyYaml, request, TYPES } from '../../support/gate/builders.ts'

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
