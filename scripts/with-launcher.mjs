// Shuts this process down when its launcher has ended for any reason, which closes the pipe between them.
// Loaded with --import by scripts/run.mjs and src/lib/launch.ts. Only the launched process itself reads the pipe: its children
// inherit the variable, but have a different parent.
import { Socket } from 'node:net'

const PIPE = 3
const launcher = Number(process.env.FRESHWAVE_LAUNCHER)

if (launcher === process.ppid) endWithPipe()
else if (!isRunning(launcher)) process.kill(process.pid, 'SIGTERM') // it was killed before this file was loaded

function endWithPipe() {
  const pipe = new Socket({ fd: PIPE, readable: true, writable: false })
  // As if the launcher had forwarded a signal: a program that handles it shuts down cleanly, any other ends immediately.
  pipe.on('close', () => process.kill(process.pid, 'SIGTERM'))
  pipe.on('error', () => undefined)
  pipe.resume()
  pipe.unref()
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
