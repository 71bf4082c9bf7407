/**
 * The container image without a container engine: the same script fills the root, the libraries of the base image are added,
 * and bubblewrap runs the programs there, read-only and as an unprivileged user.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { followProcess, type ServiceProcess } from './service-process.ts'

/** The user of the image. */
export const IMAGE_USER = 65_532
const NODE = 'usr/local/bin/node'

/** The root folder of an image; `start` runs its Node with these arguments. */
export type Image = {
  root: string
  start(args: readonly string[], env?: Record<string, string>): ServiceProcess
  remove(): Promise<void>
}

/** Builds the root as deploy/Containerfile does. `mounts`: path in the container -> folder of the host. */
export async function buildImage(commit: string, mounts: Record<string, string> = {}): Promise<Image> {
  const root = await mkdtemp(join(tmpdir(), 'freshwave-image-'))
  await chmod(root, 0o755)
  const script = ['scripts/image-rootfs.mjs', root]
  const { status, stderr } = spawnSync(process.execPath, script, { env: { ...process.env, COMMIT: commit } })
  if (status !== 0) throw new Error(`the root could not be built: ${stderr}`)
  await addLibraries(root)
  for (const path of ['proc', 'dev', ...Object.keys(mounts)])
    await mkdir(join(root, path), { recursive: true })
  const places = Object.entries(mounts).flatMap(([path, source]) => ['--ro-bind', resolve(source), path])
  return {
    root,
    start(args, env = {}) {
      const sandbox = [
        ...['--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev', ...places],
        ...['user', 'pid', 'ipc', 'uts'].map((namespace) => `--unshare-${namespace}`),
        ...['--new-session', '--die-with-parent'],
        ...['--uid', String(IMAGE_USER), '--gid', String(IMAGE_USER), '--cap-drop', 'ALL', '--clearenv'],
        ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
        ...['--as-pid-1', '--info-fd', '3', '--chdir', '/opt/freshwave', `/${NODE}`, ...args],
      ]
      const user = process.getuid?.() === 0 ? { uid: IMAGE_USER, gid: IMAGE_USER } : {}
      return followSandbox(
        spawn('bwrap', sandbox, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe', 'pipe'] }),
      )
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** bubblewrap does not forward signals: they go to the program, whose pid it reports. SIGKILL ends bubblewrap, which ends the program. */
function followSandbox(child: ChildProcess): ServiceProcess {
  const { stdout, stderr } = child
  const info = child.stdio[3] as Readable // a pipe, as started above
  let text = ''
  info.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const pid = () => Number(/"child-pid": (\d+)/.exec(text)?.[1] ?? 0)
  const signal = (name: NodeJS.Signals) => {
    if (name === 'SIGKILL' || pid() === 0) child.kill('SIGKILL')
    else process.kill(pid(), name)
  }
  const streams = { stdout: stdout as Readable, stderr: stderr as Readable } // pipes, as started above
  return followProcess(Object.assign(child, streams), { pid, signal })
}

/** Adds what the base image provides: the libraries that Node is linked with, and the loader. */
async function addLibraries(root: string): Promise<void> {
  const { stdout } = spawnSync('ldd', [join(root, NODE)], { encoding: 'utf8' })
  for (const [path] of stdout.matchAll(/\/\S+\.so\S*/g)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await cp(path, join(root, path), { dereference: true })
  }
}
