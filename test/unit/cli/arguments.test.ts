/** Wrong command lines of `freshwave`: refused before anything is done, with the problem in view and where to read more. */
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { commandProgram } from '../../../src/cli/program.ts'
import { AUDIT_ACTIONS } from '../../../src/domain/audit.ts'

/** What a command line that ends before its command runs has printed. */
async function parse(...args: string[]) {
  const output = { text: '', problem: '' }
  const error: unknown = await commandProgram(output)
    .parseAsync(['node', 'freshwave', ...args])
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  if (!(error instanceof CommanderError)) throw error ?? new Error('it was accepted')
  return { ...output, isHelp: error.exitCode === 0 }
}

describe('a wrong command line', () => {
  it.each([
    [['evnts'], "error: unknown command 'evnts'\n(Did you mean events?)", 'freshwave'],
    [['config', 'chek'], "error: unknown command 'chek'\n(Did you mean check?)", 'freshwave config'],
    [['help', 'nothing'], "error: unknown command 'nothing'", 'freshwave help'],
    [['help', 'config', 'x'], "error: unknown command 'x'", 'freshwave config'],
    [
      ['events', '--stat', 'x'],
      "error: unknown option '--stat'\n(Did you mean --state?)",
      'freshwave events',
    ],
    [['event'], "error: missing required argument 'event'", 'freshwave event'],
  ])('%j is one problem and the way to the help', async (args, problem, command) => {
    const { problem: shown, isHelp } = await parse(...args)
    expect(isHelp).toBe(false)
    expect(shown.replace(/\n+/g, '\n')).toMatch(`${problem}\n`)
    if (args[0] !== 'help') expect(shown).toContain(`See "${command} --help".`)
    expect(shown.split('\n').length).toBeLessThan(6)
  })

  it.each([
    ['builds', '--name', ''],
    ['events', '--search-key='],
    ['audit', '--since', ' '],
    ['rebuild', '1', '--image', ''],
    ['async-rebuild', '', '--branch', 'b'],
    ['retry', '1', '--requester', ''],
    ['verify', ''],
    ['decide', '', '-c', 'c', '-p', 'p'],
    ['decide', 'a', '-c', '', '-p', 'p'],
    ['config', 'check', ''],
    ['restored', '--lost-from', ''],
    ['events', '--token', ''],
  ])('with an empty value is refused: %j %j %j %j', async (...args) => {
    expect((await parse(...args)).problem).toMatch(/ It is empty\.$/m)
  })

  it.each([
    ['builds', '--state', 'FAILED', '--state', 'CANCELED'],
    ['why', '1', '--image', 'a', '--image', 'b'],
    ['decide', 'a', '-c', 'c', '-p', 'p', '-p', 'q'],
    ['events', '--per-page', '1', '--per-page=2'],
  ])('with a second value for an option that counts once is refused: %j %j %j', async (...args) => {
    expect((await parse(...args)).problem).toMatch(/ is invalid\. This option may be given only once\.$/m)
  })

  it('names the outcomes that reasons can have', async () => {
    const { problem } = await parse('why', '1', '--outcome', 'rebuilt')
    expect(problem).toContain('Allowed choices are rebuild, not-rebuilt.')
  })
})

describe('the help', () => {
  const paths = [[], ...commandProgram().commands.flatMap((command) => [[command.name()], ...below(command)])]
  function below(command: ReturnType<typeof commandProgram>): string[][] {
    return command.commands.map((each) => [command.name(), each.name()])
  }

  it.each(paths.map((path) => path.join(' ')))('of "%s" fits into 80 columns', async (path) => {
    const { text, isHelp } = await parse('help', ...path.split(' ').filter(Boolean))
    expect(isHelp).toBe(true)
    expect(text).toContain(`Usage: freshwave ${path}`.trim())
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('names all that the audit has', async () => {
    const { text } = await parse('audit', '--help')
    for (const action of AUDIT_ACTIONS) expect(text).toContain(action)
  })
})
