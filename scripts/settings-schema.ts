/** The JSON schema of the settings file, for editors: shapes from the code, descriptions from the comments of conf/freshwave.yaml. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { fileSchema } from '../src/config/file.ts'
import { FILE_VARIABLES } from '../src/config/options/file-variables.ts'
import { OLD_OPTIONS } from '../src/config/options/old-options.ts'
import { ROLES } from '../src/domain/access/roles.ts'
import { GLOBAL, HANDLER_NAMES, HANDLERS_WITHOUT_RULES } from '../src/domain/rebuild/discover/rule-names.ts'

/** An option as explained in the file: `yaml` is its value, null if it has several lines; `isActive`: not commented out. */
export type ExplainedOption = { name: string; yaml: string | null; meaning: string; isActive: boolean }

const OPTION = /^(?<comment># )?(?<name>[a-z][a-z0-9_]*):(?: (?<yaml>.*?))??(?:(?:^| )# (?<meaning>.*))?$/
const PROSE = /^# (?!---|yaml-language-server)(?<text>.*)$/

/** The options of a settings file with explanations: in the comment lines directly above, and after the value. */
export function explainedOptions(text: string): ExplainedOption[] {
  const options: ExplainedOption[] = []
  let above: string[] = []
  for (const line of text.split('\n')) {
    const option = OPTION.exec(line)?.groups
    const prose = PROSE.exec(line)?.groups
    if (option) {
      const { comment, name = '', yaml, meaning } = option
      const isActive = comment === undefined
      options.push({
        name,
        yaml: yaml || null,
        meaning: [...above, meaning ?? []].flat().join(' '),
        isActive,
      })
    }
    above = prose && !option ? [...above, prose['text'] ?? ''] : []
  }
  return options
}

const HANDLERS = new Set([GLOBAL, ...HANDLER_NAMES, ...Object.keys(HANDLERS_WITHOUT_RULES)])
const ruleList = { propertyNames: { enum: [...HANDLERS] } }

/** Names that the code checks in addition to the shapes (`src/config/options/closed-names.ts`), so that editors offer them. */
const CLOSED_NAMES: Readonly<Record<string, object>> = {
  handler_build_allowlist: ruleList,
  handler_build_blocklist: ruleList,
  permissions: { type: 'object', propertyNames: { enum: [...ROLES] } },
}

/** The whole schema as the text of a file. */
export function settingsSchemaText(): string {
  const meanings = new Map(
    explainedOptions(readFileSync('conf/freshwave.yaml', 'utf8')).map(({ name, meaning }) => [name, meaning]),
  )
  const unused = Object.entries(OLD_OPTIONS).map(
    ([name, { default: fallback }]) =>
      [name, z.unknown().optional().meta({ default: fallback, deprecated: true })] as const,
  )
  const variables = Object.entries(FILE_VARIABLES).map(([name, shape]) => [name, shape.optional()] as const)
  const whole = z.strictObject({
    ...fileSchema.shape,
    ...Object.fromEntries(variables),
    ...Object.fromEntries(unused),
  })
  const schema = z.toJSONSchema(whole, { target: 'draft-7', io: 'input' })
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (typeof property === 'object')
      Object.assign(property, CLOSED_NAMES[name], { description: meanings.get(name) })
  return `${JSON.stringify({ title: 'Settings of Freshwave', ...schema }, null, 2)}\n`
}

/** The value that the file shows for an option. */
export function shownValue({ yaml }: ExplainedOption): unknown {
  return yaml === null ? undefined : parse(yaml)
}
