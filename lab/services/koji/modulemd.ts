/** The modulemd document that the hub stores with the build of a module (behaviour/koji 6). */
import type { XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import type { LabModule, Rpm } from '../../catalogue/entry.ts'

/** The member `extra` of the build. */
export function moduleExtra(module: LabModule, rpms: readonly Rpm[]): Record<string, XmlRpcInput> {
  return {
    typeinfo: {
      module: {
        ...module,
        modulemd_str: modulemdOf(module, rpms),
        content_koji_tag: `module-${module.name}`,
      },
    },
  }
}

/** Writes the document as the module build service does: version and context without quotes. */
function modulemdOf({ name, stream, version, context }: LabModule, rpms: readonly Rpm[]): string {
  const packages = [...new Set(rpms.map(({ source }) => source))]
  return [
    '---',
    'document: modulemd',
    'version: 2',
    'data:',
    `  name: ${name}`,
    `  stream: ${stream}`,
    `  version: ${version}`,
    `  context: ${context}`,
    `  summary: The module ${name}`,
    '  description: >-',
    '    Packages that flatpaks are built from.',
    '  license:',
    '    module:',
    '    - MIT',
    '  components:',
    '    rpms:',
    ...packages.flatMap((source) => [`      ${source}:`, `        rationale: Part of ${name}`]),
    '...',
    '',
  ].join('\n')
}
