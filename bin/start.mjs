// Loads the command line, so that even what goes wrong before it starts ends with its exit code for errors.
import { fail } from '../src/cli/end.ts'

process.on('uncaughtException', fail)
await import('../src/cli/main.ts')
