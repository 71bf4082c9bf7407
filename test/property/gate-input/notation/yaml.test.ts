/** The cost of hostile YAML: parsing it takes bounded time. */
import { expect, it } from 'vitest'
import { readYaml } from '../../../../src/lib/yaml/read.ts'

it('a fault is found in bounded time, whatever the text', () => {
  const size = 32_768
  const units = [
    '[',
    '{a: ',
    '- ',
    '? ',
    '!a ',
    '&a ',
    '*a ',
    ']',
    '%a\n',
    '"a" ',
    '---\n',
    '- "\\q"\n',
    '<<: ',
    'a: &a [*a]\n',
  ]
  for (const unit of units) {
    expect(() => readYaml(unit.repeat(size / unit.length)), JSON.stringify(unit)).not.toThrow()
  }
}, 120_000)
