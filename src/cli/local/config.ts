/** What `freshwave config` does: checks the settings, and shows those in force. */

import { unusedAccounts } from '../../config/auth.ts'
import { gateSettings } from '../../config/gate.ts'
import { type SettingInForce, settingsInForce } from '../../config/in-force.ts'
import { misspelledVariables } from '../../config/misspelled-variables.ts'
import { ignoredVariables } from '../../config/old-variables.ts'
import { type InspectedSettings, inspectSettings, serviceProblems } from '../../config/settings.ts'
import { homeFolderProblem } from '../../db/embedded/home-folder.ts'
import { templateProblem } from '../../domain/gate/judge/remote-url.ts'
import { readPolicySet } from '../../gate-input/policies/load.ts'
import { BadSettings } from '../../lib/errors.ts'
import { hasKerberos } from '../../lib/http/negotiate.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { type Ending, EXIT } from '../end.ts'
import { aligned } from '../text/aligned.ts'
import { printable, printableJson } from '../text/printable.ts'
import { INSTALLED } from './installed.ts'

/** The options of both commands. */
export type ConfigOptions = { json?: boolean }
/** `only`: the settings are for this program alone. */
export type CheckOptions = ConfigOptions & { only?: 'gate' }

/** Whether everything that the settings name can be used: environment, settings file, policies, TLS files and the folder of the data. */
export async function checkSettings(
  named: string | undefined,
  { json, only }: CheckOptions,
): Promise<Ending> {
  const inspected = inspectSettings({ path: named, installed: INSTALLED })
  const oldVariables = ignoredVariables(inspected.given)
  const misspelled = misspelledVariables(inspected.given)
  const problems = [
    ...serviceProblems(inspected),
    ...(only === 'gate'
      ? []
      : [
          ...dataProblems(inspected),
          ...kerberosProblems(inspected),
          ...(inspected.settings ? unusedAccounts(inspected.settings) : []),
        ]),
    ...templateProblems(inspected),
    ...(await policyProblems(inspected)),
  ]
  const code = problems.length > 0 ? EXIT.error : EXIT.satisfied
  const { path, file } = inspected
  if (json)
    return {
      text: printableJson({
        file: path,
        problems,
        ignored: file.ignored,
        ignored_variables: oldVariables,
        misspelled,
      }),
      problem: '',
      code,
    }
  const notes = [
    ...file.ignored.map(({ option, line, because }) => `${path}:${line}: ${option} is ignored: ${because}`),
    ...oldVariables.map(({ variable, because }) => `${variable} is ignored: ${because}`),
    ...misspelled.map(
      ({ variable, nearest }) => `${variable} is not a known variable; did you mean ${nearest}?`,
    ),
  ]
  if (code === EXIT.satisfied) return { text: lines([...notes, `${path}: can be used`]), problem: '', code }
  return { text: lines(notes), problem: new BadSettings(problems).message, code }
}

/** The value and the origin of every setting, without secrets. */
export function showSettings(named: string | undefined, { json }: ConfigOptions): Ending {
  const inspected = inspectSettings({ path: named, installed: INSTALLED })
  const { settings, problems, path, file } = inspected
  if (!settings) return { text: '', problem: new BadSettings([...problems]).message, code: EXIT.error }
  const inForce = settingsInForce(inspected)
  const byName = Object.fromEntries(inForce.map(({ name, ...setting }) => [name, setting]))
  const text = json
    ? printableJson({ file: path, settings: byName, ignored: file.ignored })
    : lines(aligned(inForce.map((setting) => [setting.name, originOf(setting, path), valueText(setting)])))
  return { text, problem: '', code: EXIT.satisfied }
}

/** The folder is used only without a database of its own; the gate alone has none. */
function dataProblems({ readable }: InspectedSettings): readonly string[] {
  const { DATABASE_URL, DATA_DIR } = readable
  // A URL that cannot be read is a problem already.
  if (DATABASE_URL || !('DATABASE_URL' in readable) || DATA_DIR === undefined) return []
  const problem = homeFolderProblem(DATA_DIR)
  return problem === undefined
    ? []
    : [`DATA_DIR: the embedded PostgreSQL cannot be kept in ${DATA_DIR}: ${problem}`]
}

/** A service starts without the package, since it may be added while work waits; but nothing that needs it would get a login. */
function kerberosProblems({ readable, file }: InspectedSettings): readonly string[] {
  const { krb_auth_principal: principal, odcs_auth_mech: mechanism } = file.settings ?? {}
  const using = [
    ...(readable.KOJI_AUTH === 'gssapi' ? ['KOJI_AUTH'] : []),
    ...(principal ? ['krb_auth_principal'] : []),
    ...(mechanism === 'kerberos' && readable.ODCS_URL ? ['odcs_auth_mech'] : []),
  ]
  if (using.length === 0 || hasKerberos()) return []
  return [`${using.join(', ')}: Kerberos needs the npm package 'kerberos': npm install --no-save kerberos`]
}

/** The service starts with them, as Greenwave does, and answers each decision that needs one with 502. */
function templateProblems({ settings }: InspectedSettings): readonly string[] {
  if (!settings) return []
  const { remoteRulePolicies, distGitUrlTemplate } = gateSettings(settings)
  const templates = [
    ...[...remoteRulePolicies].flatMap(([type, ofType]) =>
      ofType.map((template) => [`remote_rule_policies, ${type}`, template] as const),
    ),
    ...(distGitUrlTemplate ? [['dist_git_url_template', distGitUrlTemplate] as const] : []),
  ]
  return templates.flatMap(([where, template]) => {
    const problem = templateProblem(template)
    return problem ? [`${where}: the template ${withoutCredentials(template)} ${problem}`] : []
  })
}

/** None when a variable that names their folders is itself wrong. */
async function policyProblems({ readable }: InspectedSettings): Promise<readonly string[]> {
  const { POLICIES_DIR, SUBJECT_TYPES_DIR } = readable
  if (!POLICIES_DIR || !SUBJECT_TYPES_DIR) return []
  try {
    await readPolicySet({ POLICIES_DIR, SUBJECT_TYPES_DIR })
    return []
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error
    return error.problems
  }
}

function originOf({ name, from, line, option }: SettingInForce, path: string): string {
  if (from !== 'file') return from
  return `${path}:${line}${option === name ? '' : ` ${option}`}`
}

function valueText({ value }: SettingInForce): string {
  if (value === null) return '(not set)'
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${printable(text)}\n`).join('')
}
