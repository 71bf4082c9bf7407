// For scripts that a Node without type stripping runs: as src/lib/refuse-arguments.ts.

/**
 * The arguments as one text, which is one of `forms` ('': none). Ends the process with exit code 2 otherwise, since what is unknown
 * was meant to change something, and with 0 for `--help`.
 */
export function oneFormOfArguments(usage, forms) {
  const args = process.argv.slice(2)
  const given = args.map((text) => text || "''").join(' ')
  if (forms.includes(given)) return given
  const isHelp = given === '--help' || given === '-h'
  if (isHelp) console.log(`Usage: ${usage}`)
  else console.error(`Unknown arguments '${given}'. Usage: ${usage}`)
  process.exit(isHelp ? 0 : 2)
}
