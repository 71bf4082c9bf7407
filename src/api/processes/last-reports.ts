/**
 * The last report of each web process. A sum that falls because one of them has ended or does not answer would look to Prometheus
 * like a restart, and all of it like an increase.
 */
import { addReports, type ProcessReport } from '../../commands/monitor/measure.ts'
import { countsIn } from '../../lib/metrics/series.ts'

/** Reports by process; a `P` identifies a process. */
export type LastReports<P> = {
  /** Replaces the report of a process that runs. */
  set(process: P, report: ProcessReport): void
  /** Call it when a process has ended: what it has counted stays, what it shows of its present state does not. */
  end(process: P): void
  /** What these processes last reported, and one report with the counts of all that have ended. */
  of(processes: readonly P[]): Promise<ProcessReport[]>
}

/** No process has reported yet. */
export function createLastReports<P>(): LastReports<P> {
  const last = new Map<P, ProcessReport>()
  let ended: Promise<ProcessReport[]> = Promise.resolve([])
  return {
    set: (process, report) => last.set(process, report),
    end(process) {
      const report = last.get(process)
      if (!report) return
      last.delete(process)
      const counts = { ...report, series: countsIn(report.series) }
      ended = ended.then(async (before) => [await addReports([...before, counts])])
    },
    async of(processes) {
      const running = processes.flatMap((process) => last.get(process) ?? [])
      return [...running, ...(await ended)]
    },
  }
}
