// Loads the command line, so that even what goes wrong before it starts ends with its exit code for errors.
import { fail } from '../src/cli/end.ts'

process.on('uncaughtException', fail)
// As in the settings, an empty variable is not set; commander would take it for a value.
for (const name of ['FRESHWAVE_URL', 'FRESHWAVE_TOKEN', 'FRESHMAKER_DATABASE'])
  if (process.env[name]?.trim() === '') delete process.env[name]
await import('../src/cli/main.ts')
