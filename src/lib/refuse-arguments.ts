/** Refuses the arguments of programs that take none, or only a few fixed forms: ignoring one would do something else than was meant. */

/**
 * Ends the process with exit code 2 if it got any, and with 0 for `--help`: the program would do all of its work instead
 * (`worker --dry-run`, `migrate --help`).
 */
export function refuseArguments(program: string): void {
  const args = process.argv.slice(2)
  if (args.length === 0) return
  const where = 'Settings are environment variables and a settings file: see docs/settings.md.'
  if (isHelp(args)) endWithUsage(`Usage: ${program}\n${where}`)
  refuse(`${program} takes no arguments, but got '${args.join(' ')}'. ${where}`)
}

/**
 * The arguments as one text, which is one of `forms` ('': none). Ends the process otherwise, as above.
 * @param usage the forms as a user writes them
 */
export function oneFormOfArguments<const Form extends string>(usage: string, forms: readonly Form[]): Form {
  const args = process.argv.slice(2)
  const given = args.map((text) => text || "''").join(' ')
  const form = forms.find((each) => each === given)
  if (form !== undefined) return form
  if (isHelp(args)) endWithUsage(`Usage: ${usage}`)
  refuse(`Unknown arguments '${given}'. Usage: ${usage}`)
}

/** Whether nothing but help is requested. */
export function isHelp(args: readonly string[]): boolean {
  return args.length === 1 && (args[0] === '--help' || args[0] === '-h')
}

/** Prints how the program is called, and ends the process with exit code 0. */
export function endWithUsage(usage: string): never {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

/** Prints the problem on standard error, and ends the process with exit code 2. */
export function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}
