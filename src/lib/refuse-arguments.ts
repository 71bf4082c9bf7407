/** For programs that take no arguments. */

/**
 * Ends the process with exit code 2 if it got any: one that is ignored was meant to change something (`worker --dry-run`,
 * `migrate --help`), and the program would do all of its work instead.
 */
export function refuseArguments(program: string): void {
  const args = process.argv.slice(2)
  if (args.length === 0) return
  process.stderr.write(
    `${program} takes no arguments, but got '${args.join(' ')}': its settings are environment variables and a file (README.md)\n`,
  )
  process.exit(2)
}
