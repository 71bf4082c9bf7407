/** What `freshwave import freshmaker` does: takes over the history of a Freshmaker database, on the machine of the service. */
import { type FreshmakerSource, openSource, SourceUnusable } from '../../clients/freshmaker/source.ts'
import { localUser } from '../../commands/audit.ts'
import { importFreshmaker } from '../../commands/import/import-freshmaker.ts'
import { readSettings, type Settings } from '../../config/settings.ts'
import { auditSubject } from '../../domain/audit.ts'
import { type ImportReport, total } from '../../domain/import/report.ts'
import { messageOf } from '../../lib/errors.ts'
import { abilitiesOf } from '../../lib/terminal/abilities.ts'
import { addressOf } from '../../lib/until-reachable.ts'
import { type Ending, EXIT } from '../end.ts'
import { createProgress } from '../text/import-progress.ts'
import { conflictText, drawReport, reportJson } from '../text/import-text.ts'
import { printableJson } from '../text/printable.ts'
import { INSTALLED } from './installed.ts'
import { type OwnDatabase, withOwnDatabase } from './own-database.ts'

/** The options of the command. */
export type ImportOptions = { from: string; dryRun?: boolean; withRunning?: boolean; json?: boolean }

/** Imports, and reports what was imported and what was not. */
export async function importLocally(options: ImportOptions): Promise<Ending> {
  try {
    const settings = readSettings({ installed: INSTALLED })
    return endingOf(await runImport(settings, options), options)
  } catch (error) {
    return { text: '', problem: messageOf(error), code: EXIT.error }
  }
}

/** @throws SourceUnusable, and Error with one sentence when our own database cannot be used */
async function runImport(settings: Settings, options: ImportOptions): Promise<ImportReport> {
  const source = await openSource(options.from)
  try {
    return await withOwnDatabase(settings, (database) => importInto(database, source, options))
  } finally {
    await source.close()
  }
}

async function importInto(
  ctx: OwnDatabase,
  source: FreshmakerSource,
  { dryRun = false, withRunning = false }: ImportOptions,
): Promise<ImportReport> {
  const progress = createProgress(process.stderr, abilitiesOf(process.stderr))
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
    progress.end()
    return report
  } catch (error) {
    if (error instanceof SourceUnusable) throw error
    throw new Error(`DATABASE_URL: ${addressOf(ctx.databaseUrl)}: ${messageOf(error)}`)
  }
}

function endingOf(report: ImportReport, { json, dryRun = false }: ImportOptions): Ending {
  const problem = report.conflictCount > 0 ? conflictText(report) : ''
  const drawn = problem ? '' : drawReport(report, dryRun)
  return { text: json ? printableJson(reportJson(report, dryRun)) : drawn, problem, code: codeOf(report) }
}

function codeOf(report: ImportReport): number {
  if (report.conflictCount > 0) return EXIT.error
  return total(report, 'refused') + total(report, 'leftOut') > 0 ? EXIT.refused : EXIT.done
}
