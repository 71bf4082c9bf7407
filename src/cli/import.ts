/** `freshwave import freshmaker`: takes over the history of a Freshmaker database, on the machine of the service. */
import { type Command, Option } from 'commander'
import { openSource, type Source, SourceUnusable } from '../clients/freshmaker/source.ts'
import { localUser } from '../commands/audit.ts'
import { importFreshmaker } from '../commands/import/import-freshmaker.ts'
import { readSettings, type Settings } from '../config/settings.ts'
import { auditSubject } from '../domain/audit.ts'
import { type ImportReport, total } from '../domain/import/report.ts'
import { messageOf } from '../lib/errors.ts'
import { addressOf } from '../lib/until-reachable.ts'
import { type Ending, EXIT, end } from './end.ts'
import { INSTALLED } from './installed.ts'
import { type OwnDatabase, withOwnDatabase } from './own-database.ts'
import { createProgress } from './text/import-progress.ts'
import { conflictText, drawReport, reportJson } from './text/import-text.ts'
import { printableJson } from './text/printable.ts'

type Options = { from: string; dryRun?: boolean; withRunning?: boolean; json?: boolean }

const EXIT_CODES = `
Exit codes:
  0  everything is imported
  1  rows were refused, or running events left out; everything else is imported
  2  nothing is imported: a database cannot be used, ids are taken, or the command line or the settings are wrong;
     or a connection was lost on the way: run it again, it goes on where it ended`

/** Adds the command to the program. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('take over what another service has stored')
    .command('freshmaker')
    .description('import events, builds, composes, dependencies and users of Freshmaker, with their ids')
    .addHelpText('after', EXIT_CODES)
    .addOption(
      new Option(
        '--from <database>',
        'its database: postgres://USER:PASSWORD@HOST/NAME, or the path of an SQLite file',
      )
        .env('FRESHMAKER_DATABASE')
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'report what would be imported and what refused; writes nothing')
    .option(
      '--with-running',
      'also import events that have not ended: running Koji tasks are followed to their end, everything else of them is FAILED. Stop Freshmaker first',
    )
    .option('--json', 'print the report as JSON')
    .action(async (options: Options) => end(await run(options)))
}

async function run(options: Options): Promise<Ending> {
  try {
    const settings = readSettings({ installed: INSTALLED })
    return endingOf(await runImport(settings, options), options)
  } catch (error) {
    return { text: '', problem: messageOf(error), code: EXIT.error }
  }
}

/** @throws SourceUnusable, and Error with one sentence when our own database cannot be used */
async function runImport(settings: Settings, options: Options): Promise<ImportReport> {
  const source = await openSource(options.from)
  try {
    return await withOwnDatabase(settings, (database) => importInto(database, source, options))
  } finally {
    await source.close()
  }
}

async function importInto(
  ctx: OwnDatabase,
  source: Source,
  { dryRun = false, withRunning = false }: Options,
): Promise<ImportReport> {
  const progress = createProgress(process.stderr)
  const audited = {
    ...localUser(),
    action: 'import',
    subject: auditSubject.database(source.address),
  } as const
  try {
    const report = await importFreshmaker(ctx, {
      source,
      dryRun,
      withRunning,
      onProgress: progress.show,
      audited,
    })
    progress.finish()
    return report
  } catch (error) {
    if (error instanceof SourceUnusable) throw error
    throw new Error(`DATABASE_URL: ${addressOf(ctx.databaseUrl)}: ${messageOf(error)}`)
  }
}

function endingOf(report: ImportReport, { json, dryRun = false }: Options): Ending {
  const problem = report.conflictCount > 0 ? conflictText(report) : ''
  const drawn = problem ? '' : drawReport(report, dryRun)
  return { text: json ? printableJson(reportJson(report, dryRun)) : drawn, problem, code: codeOf(report) }
}

function codeOf(report: ImportReport): number {
  if (report.conflictCount > 0) return EXIT.error
  return total(report, 'refused') + total(report, 'leftOut') > 0 ? EXIT.refused : EXIT.done
}
