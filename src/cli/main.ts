/** The command line `freshwave`: parses the arguments and runs a command. */
import { CommanderError } from 'commander'
import { EXIT, end } from './end.ts'
import { commandProgram } from './program.ts'

const output = { text: '', problem: '' }
try {
  await commandProgram(output).parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Commander's exit code for invalid arguments is 1, which is reserved for "not satisfied".
  end({ ...output, code: error.exitCode === 0 ? EXIT.satisfied : EXIT.error })
}
