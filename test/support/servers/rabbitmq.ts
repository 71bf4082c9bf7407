/** Starts a private RabbitMQ with AMQP 1.0 from the system's packages: separate ports, node name, epmd and folder. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../../src/lib/loopback.ts'
import { removeFolder } from './remove-folder.ts'

const run = promisify(execFile)
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** Whether RabbitMQ is installed. */
export const hasRabbitmq = existsSync(SERVER)

export type Rabbitmq = {
  port: number
  url: string
  /** Kills it, like a crash; durable queues and messages are restored by `start`. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it and removes all its files. */
  stop(): Promise<void>
}

/** `queues` are durable; `bindings` route a topic of exchange `amq.topic` (wildcards `*` and `#`) to one of them. */
export type RabbitmqOptions = { queues?: string[]; bindings?: { topic: string; queue: string }[] }

/** Starts a node and waits until it answers AMQP; takes about ten seconds. */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
  const owner = await rabbitmqUser()
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-rabbitmq-'))
  const port = await freePort()
  const env = await writeConfiguration(folder, port, options)
  for (const path of ['', 'mnesia', 'log', 'home']) {
    await mkdir(join(folder, path), { recursive: true })
    if (owner.uid) await chown(join(folder, path), owner.uid, owner.gid ?? owner.uid)
  }
  let node: ReturnType<typeof spawn> | undefined

  const start = async () => {
    // A new process group, so that the shell that wraps the virtual machine is killed with it.
    node = spawn(SERVER, [], { env, ...owner, cwd: folder, detached: true, stdio: 'ignore' })
    await untilAnswering(port, node)
  }
  const kill = async () => {
    if (!node?.pid || node.exitCode !== null || node.signalCode !== null) return
    const exited = once(node, 'exit')
    process.kill(-node.pid, 'SIGKILL')
    await exited
    await untilGone(port, env)
  }
  await start()
  return {
    port,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill()
      await run('epmd', ['-kill'], { env }).catch(() => undefined)
      await removeFolder(folder)
    },
  }
}

async function writeConfiguration(folder: string, port: number, options: RabbitmqOptions) {
  const definitions = join(folder, 'definitions.json')
  const config = join(folder, 'rabbitmq.conf')
  const plugins = join(folder, 'enabled_plugins')
  await writeFile(definitions, JSON.stringify(definitionsOf(options)))
  await writeFile(
    config,
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      `load_definitions = ${definitions}`,
      'disk_free_limit.absolute = 50MB',
      'log.file.level = warning',
    ].join('\n'),
  )
  await writeFile(plugins, '[rabbitmq_amqp1_0].')
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(await freePort()),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Allows `epmd -kill` even before epmd has noticed that the node is gone.
    ERL_EPMD_RELAXED_COMMAND_CHECK: '1',
    RABBITMQ_NODENAME: `freshwave${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'no-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_PID_FILE: join(folder, 'mnesia', 'pid'),
  }
}

function definitionsOf({ queues = [], bindings = [] }: RabbitmqOptions) {
  const vhost = '/'
  return {
    vhosts: [{ name: vhost }],
    users: [{ name: 'guest', password: 'guest', tags: 'administrator' }],
    permissions: [{ user: 'guest', vhost, configure: '.*', write: '.*', read: '.*' }],
    queues: queues.map((name) => ({ name, vhost, durable: true, auto_delete: false, arguments: {} })),
    bindings: bindings.map(({ topic, queue }) => ({
      source: 'amq.topic',
      vhost,
      destination: queue,
      destination_type: 'queue',
      routing_key: topic,
      arguments: {},
    })),
  }
}

/** As root, the server refuses files of other users, so it runs as the user created by its package. */
async function rabbitmqUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'rabbitmq'])))
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
}

async function untilAnswering(port: number, node: ReturnType<typeof spawn>): Promise<void> {
  const deadline = Date.now() + 220_000
  while (!(await shakesHands(port))) {
    if (node.exitCode !== null) throw new Error(`RabbitMQ ended with code ${node.exitCode}`)
    if (Date.now() > deadline) throw new Error('RabbitMQ did not answer within 220 s')
    await sleep(200)
  }
}

/**
 * Waits until the virtual machine has released its port and its name, which may be after the end of its wrapper: a node that
 * starts earlier ends immediately, with code 0, because it is "already running".
 */
async function untilGone(port: number, env: NodeJS.ProcessEnv): Promise<void> {
  const isNamed = async () => {
    const names = await run('epmd', ['-names'], { env }).catch(() => ({ stdout: '' }))
    return names.stdout.includes(`freshwave${port} `)
  }
  while ((await shakesHands(port)) || (await isNamed())) await sleep(20)
}

/** Whether the server answers the SASL header of AMQP 1.0. */
function shakesHands(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\x03\x01\x00\x00'))
    socket.once('data', (data) => {
      resolve(data.subarray(0, 4).toString() === 'AMQP')
      socket.destroy()
    })
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(false))
  })
}
