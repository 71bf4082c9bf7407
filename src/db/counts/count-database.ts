/** Counts what happens on the connections of a database: opened ones, failed statements, rolled back transactions. */
import type { Metrics } from '../../lib/metrics/metrics.ts'
import type { Database } from '../orm.ts'

/** Makes `database` count its statements; call it before the first one. */
export function countDatabase(database: Database, metrics: Metrics): Database {
  const { config } = database.orm
  config.set('onCreateConnection', async () => metrics.count('db_engine_connect'))
  // The ORM logs every statement, and failed ones at level error.
  const logger = config.getLogger()
  const logQuery = logger.logQuery.bind(logger)
  logger.logQuery = (context) => {
    if (context.level === 'error') metrics.count('db_handle_error')
    logQuery(context)
  }
  return {
    ...database,
    transaction: async (work, options) => {
      try {
        return await database.transaction(work, options)
      } catch (error) {
        metrics.count('db_transaction_rollback')
        throw error
      }
    },
  }
}
