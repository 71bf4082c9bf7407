/** A lab with a policy that refers to the rule file of a package, and with the builds and files of its services. */
import { NVR, policiesFrom, policyYaml, request } from '../gate/builders.ts'
import { type GateLabOptions, gateLab } from '../gate/lab.ts'

/** The source of the builds of the package, without the revision. */
export const SOURCE = 'git+https://src.example.com/rpms/glibc.git#'

/** Starts the lab and a gatherer for it with a policy of these rules; both stop at the end of the test. */
export async function remoteLab(rules: string[] = ['!RemoteRule {}'], options: GateLabOptions = {}) {
  const lab = await gateLab({ policies: policiesFrom(policyYaml('p', rules)), ...options })
  /** Stores a rule file and a build of its revision; returns the address of the file. */
  const putGating = (text: string) => {
    const commit = lab.putFile({ repository: 'rpms/glibc', path: 'gating.yaml', text })
    lab.putBuild(NVR, SOURCE + commit)
    return lab.settings.remoteRulePolicies
      .get('*')?.[0]
      ?.replace('{pkg_namespace}{pkg_name}', 'rpms/glibc')
      .replace('{rev}', commit)
  }
  const decide = (more: Record<string, unknown> = {}) =>
    lab.decide(request({ decision_context: 'c', ...more }))
  return { ...lab, putGating, decide }
}
