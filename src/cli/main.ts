/** `freshwave`: the command line. */
import { Command } from 'commander'
import { readAbout } from '../lib/version.ts'
import { addDecide } from './decide.ts'

const { name, version, description } = readAbout()
const program = new Command(name).description(description).version(version).showHelpAfterError()
addDecide(program)
// Whatever is wrong with the arguments is an error like any other: 1 is kept for "not satisfied".
for (const command of [program, ...program.commands])
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
await program.parseAsync()
