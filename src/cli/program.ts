/** The program `freshwave` with all its commands. */
import { Command } from 'commander'
import { readAbout } from '../lib/version.ts'
import { addChanges } from './commands/changes.ts'
import { addEvent } from './commands/event.ts'
import { addLists } from './commands/lists.ts'
import { addConfig, addDecide, addImport, addRestored } from './commands/local.ts'
import { addOverview } from './commands/overview.ts'
import { addReports } from './commands/reports.ts'
import { EXIT_CODES_TEXT } from './end.ts'

/** The commands by which the program is made, in the order of its help. */
const COMMANDS = [
  addLists,
  addEvent,
  addChanges,
  addReports,
  addOverview,
  addConfig,
  addDecide,
  addImport,
  addRestored,
]

/** A program that throws instead of ending the process; what it would write goes to `output`. */
export function commandProgram(
  output: { text: string; problem: string } = { text: '', problem: '' },
): Command {
  const { name, version, description } = readAbout()
  const program = new Command(name)
    .description(description)
    .version(version)
    .showHelpAfterError()
    .addHelpText('after', EXIT_CODES_TEXT)
    .exitOverride()
    .configureOutput({
      writeOut: (part) => {
        output.text += part
      },
      writeErr: (part) => {
        output.problem += part
      },
    })
  // Commands inherit the settings above when they are added, so this comes last.
  for (const add of COMMANDS) add(program)
  return program
}
