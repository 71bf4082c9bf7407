/** `freshwave`: the command line. */
import { Command, CommanderError } from 'commander'
import { readAbout } from '../lib/version.ts'
import { addDecide } from './decide.ts'
import { EXIT, end } from './end.ts'

const { name, version, description } = readAbout()
let text = ''
let problem = ''
const program = new Command(name)
  .description(description)
  .version(version)
  .showHelpAfterError()
  .exitOverride()
  .configureOutput({
    writeOut: (part) => {
      text += part
    },
    writeErr: (part) => {
      problem += part
    },
  })
// Commands take over what is set above when they are added.
addDecide(program)
try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Whatever is wrong with the arguments is an error like any other: 1 is kept for "not satisfied".
  end({ text, problem, code: error.exitCode === 0 ? EXIT.satisfied : EXIT.error })
}
