/** The command line `freshwave`: parses the arguments and runs a command. */
import { Command, CommanderError } from 'commander'
import { readAbout } from '../lib/version.ts'
import { addChanges } from './commands/changes.ts'
import { addEvent } from './commands/event.ts'
import { addLists } from './commands/lists.ts'
import { addOverview } from './commands/overview.ts'
import { addReports } from './commands/reports.ts'
import { addConfig } from './config.ts'
import { addDecide } from './decide.ts'
import { EXIT, EXIT_CODES_TEXT, end } from './end.ts'
import { addImport } from './import.ts'

const { name, version, description } = readAbout()
let text = ''
let problem = ''
const program = new Command(name)
  .description(description)
  .version(version)
  .showHelpAfterError()
  .addHelpText('after', EXIT_CODES_TEXT)
  .exitOverride()
  .configureOutput({
    writeOut: (part) => {
      text += part
    },
    writeErr: (part) => {
      problem += part
    },
  })
// Commands inherit the settings above when they are added, so this comes last.
addLists(program)
addEvent(program)
addChanges(program)
addReports(program)
addOverview(program)
addConfig(program)
addDecide(program)
addImport(program)
try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Commander's exit code for invalid arguments is 1, which is reserved for "not satisfied".
  end({ text, problem, code: error.exitCode === 0 ? EXIT.satisfied : EXIT.error })
}
