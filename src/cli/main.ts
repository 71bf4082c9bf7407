/** The command line `freshwave`: parses the arguments and runs a command. */
import { CommanderError } from 'commander'
import { EXIT, end } from './end.ts'
import { commandProgram } from './program.ts'

// As in the settings, an empty variable is not set; commander would take it for a value.
for (const name of ['FRESHWAVE_URL', 'FRESHWAVE_TOKEN', 'FRESHMAKER_DATABASE'])
  if (process.env[name]?.trim() === '') delete process.env[name]

const output = { text: '', problem: '' }
try {
  await commandProgram(output).parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Commander's exit code for invalid arguments is 1, which is reserved for "not satisfied".
  end({ ...output, code: error.exitCode === 0 ? EXIT.satisfied : EXIT.error })
}
