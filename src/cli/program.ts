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
import { checkValues } from './values.ts'

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
  addHelp(program)
  complete(program, name)
  return program
}

/** In place of commander's, which shows the help of the whole program for a command that it does not know. */
function addHelp(program: Command): void {
  program
    .command('help')
    .description('show the help of a command')
    .argument('[command...]', 'such as events, or config check')
    .action((names: string[]) => {
      let command = program
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name)
        if (!next) command.error(`error: unknown command '${name}'`)
        else command = next
      }
      command.help()
    })
}

/** Completes the settings of each command. Its help would often push the problem out of a terminal, so errors only name it. */
function complete(command: Command, path: string): void {
  command.helpCommand(false)
  command.showHelpAfterError(`See "${path} --help".`)
  checkValues(command)
  for (const each of command.commands) complete(each, `${path} ${each.name()}`)
}
