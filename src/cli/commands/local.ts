/**
 * The commands that work without a running service. What they do is loaded only when one of them is called: it includes the database
 * and the gate, for which the other commands would wait at each start.
 */
import { type Command, Option } from 'commander'
import { type Ending, end } from '../end.ts'
import type { CheckOptions, ConfigOptions } from '../local/config.ts'
import type { DecideOptions } from '../local/decide.ts'
import type { ImportOptions } from '../local/import.ts'
import type { RestoredOptions } from '../local/restored.ts'
import { listed } from '../service/remote.ts'

const CONFIG_CODES = '(exit code 0: the settings are valid, 2: they are not, or the command line is wrong)'

const IMPORT_CODES = `
Exit codes:
  0  everything was imported
  1  rows were refused, or running events left out; everything else was imported
  2  nothing was imported: a database cannot be used, ids are taken, or the
     command line or the settings are wrong; or a connection was lost: run it
     again, and it continues where it stopped`

const RESTORED_CODES = `
Exit codes:
  0  noted, also when it was noted before
  2  nothing was changed: the database is empty or cannot be used, or the
     command line or the settings are wrong`

/** Adds `config check` and `config show`. */
export function addConfig(program: Command): void {
  const config = program.command('config').description('check the settings, or show those in force')
  type Run<Options> = (path: string | undefined, options: Options) => Promise<Ending>
  const add = <Options extends ConfigOptions>(name: string, description: string, run: Run<Options>) =>
    config
      .command(name)
      .description(`${description} ${CONFIG_CODES}`)
      .argument('[file]', 'settings file, instead of the one that FRESHWAVE_CONFIG names')
      .option('--json', 'print JSON')
      .action(async (path: string | undefined, options: Options) => end(await run(path, options)))
  add(
    'check',
    'report everything wrong with environment, settings file, policies, TLS files and the folder of the data',
    async (path, options: CheckOptions) => (await import('../local/config.ts')).checkSettings(path, options),
  ).addOption(
    new Option('--only <program>', 'for a process that only decides: it has no database').choices(['gate']),
  )
  add(
    'show',
    'print the value and the origin of every setting, without secrets',
    async (path, options: ConfigOptions) => (await import('../local/config.ts')).showSettings(path, options),
  )
}

/** Adds `decide`. */
export function addDecide(program: Command): void {
  program
    .command('decide')
    .description(
      'decide whether subjects satisfy the policies (exit code 0: satisfied, 1: not satisfied, 2: no decision possible)',
    )
    .argument('<identifier...>', 'subjects, such as glibc-2.39-2.fc40')
    .requiredOption('-c, --context <context>', 'decision context; repeat the option for several', listed)
    .requiredOption('-p, --product-version <version>', 'product version, such as fedora-40')
    .option('-t, --type <type>', 'type of the subjects', 'koji_build')
    .option('--when <time>', 'decide as of a past time (UTC), such as 2024-05-01T00:00:00.0')
    .option('--verbose', 'include all results and waivers (with --json only)')
    .option(
      '--explain',
      'list every policy, with the first condition that failed for those that do not apply, and the rule files tried',
    )
    .option('--json', 'print the JSON that the API returns')
    .action(async (identifiers: string[], options: DecideOptions) => {
      const { decideLocally } = await import('../local/decide.ts')
      end(await decideLocally(identifiers, options))
    })
}

/** Adds `import freshmaker`. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('import the data of another service')
    .command('freshmaker')
    .description('import events, builds, composes, dependencies and users of Freshmaker, with their ids')
    .addHelpText('after', IMPORT_CODES)
    .addOption(
      new Option(
        '--from <database>',
        'its database: postgres://USER:PASSWORD@HOST/NAME, or the path of an SQLite file',
      )
        .env('FRESHMAKER_DATABASE')
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'report what would be imported and what would be refused; write nothing')
    .option(
      '--with-running',
      'also import events that have not ended: builds with a running Koji task are tracked to their end, all others become FAILED. Stop Freshmaker first',
    )
    .option('--json', 'print the report as JSON')
    .action(async (options: ImportOptions) => {
      const { importLocally } = await import('../local/import.ts')
      end(await importLocally(options))
    })
}

/** Adds `restored`. */
export function addRestored(program: Command): void {
  program
    .command('restored')
    .description(
      'after restoring the database from an older copy: search for tasks submitted since then instead of submitting them again',
    )
    .addHelpText('after', RESTORED_CODES)
    .option('--lost-from <time>', 'when the copy was made (default: the latest time recorded in it)')
    .action(async (options: RestoredOptions) => {
      const { recordLocally } = await import('../local/restored.ts')
      end(await recordLocally(options))
    })
}
