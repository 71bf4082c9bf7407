/** The settings in force with their origin, without secrets, for an operator to see. */
import { VARIABLES } from './env.ts'
import type { GivenOption } from './options/inspect.ts'
import { hideSecrets } from './secrets.ts'
import type { InspectedSettings } from './settings.ts'

/** A setting as it was written, or its default; null: not set. `line` and `option` are those of the file, if it is from there. */
export type SettingInForce = {
  name: string
  value: unknown
  from: 'default' | 'file' | 'environment'
  line?: number
  option?: string
}

/** Every variable of the environment, then every option of the file; none when the settings cannot be used. */
export function settingsInForce({ settings, file, given }: InspectedSettings): SettingInForce[] {
  if (!settings) return []
  const variables = [...VARIABLES].map((name): SettingInForce => {
    const shown = { name, value: hideSecrets(name, Reflect.get(settings.env, name) ?? null) }
    if (Object.hasOwn(given, name)) return { ...shown, from: 'environment' }
    const setter = file.setters.get(name)
    return setter ? { ...shown, ...fromFile(setter) } : { ...shown, from: 'default' }
  })
  const options = Object.entries(settings.file).map(([name, value]): SettingInForce => {
    if (name === 'remote_rule_policies' && settings.env.REMOTE_RULE_POLICIES)
      return { name, value: hideSecrets(name, settings.env.REMOTE_RULE_POLICIES), from: 'environment' }
    const entry = file.given.find(({ option }) => option === name)
    return entry
      ? { name, value: hideSecrets(name, entry.value), ...fromFile(entry) }
      : { name, value: hideSecrets(name, value), from: 'default' }
  })
  return [...variables, ...options]
}

function fromFile({ line, option }: GivenOption) {
  return { from: 'file' as const, line, option }
}
