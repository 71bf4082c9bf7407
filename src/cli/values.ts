/** Checks the values of all options and arguments: none is empty, and one that counts once is given only once. */
import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander'
import { listed } from './service/remote.ts'

type Parse = (text: string, before: unknown) => unknown

/**
 * An empty value comes from a variable of a script that is not set: taken as it is, `--name "$NAME"` would list everything. Of two
 * values, one would be silently ignored.
 */
export function checkValues(command: Command): void {
  for (const option of command.options) if (option.required || option.optional) checkOption(option)
  for (const argument of command.registeredArguments) checkArgument(argument)
}

function checkOption(option: Option): void {
  const parse: Parse = option.parseArg ?? ((text) => text)
  const isRepeatable = option.parseArg === listed
  let isGiven = false
  option.argParser((text: string, before: unknown) => {
    if (isGiven && !isRepeatable) throw new InvalidArgumentError('This option may be given only once.')
    isGiven = true
    return parse(filled(text), before)
  })
}

function checkArgument(argument: Argument): void {
  const parse: Parse =
    argument.parseArg ?? ((text, before) => (argument.variadic ? listed(text, listOf(before)) : text))
  argument.argParser((text: string, before: unknown) => parse(filled(text), before))
}

function listOf(before: unknown): string[] {
  return Array.isArray(before) ? before : []
}

function filled(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It is empty.')
}
