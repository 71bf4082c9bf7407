/** The stages of an event and the outside services that each of them uses: the rows of the table of troubles. */
import type { Service } from '../../../lab/fault-rule.ts'

/** The services of the rebuild half. Koji's file server has a column of its own; it is on the port of the hub. */
export const COLUMNS = ['errata', 'pyxis', 'koji', 'files', 'odcs', 'pulp', 'jira', 'distgit'] as const
export type Column = (typeof COLUMNS)[number]

/** Where the faults of a column are set, and the name of the service in health, metrics and reasons. */
export const SERVICE_OF: Record<Column, Service> = {
  errata: 'errata',
  pyxis: 'pyxis',
  koji: 'koji',
  files: 'koji',
  odcs: 'odcs',
  pulp: 'pulp',
  jira: 'jira',
  distgit: 'distgit',
}

/**
 * When the trouble of a cell begins: with the first request of `from` (left out: any), but not before `after` was answered.
 * `isPolled`: a poll meets it, which reads without our account, so that even a refusal is the service's trouble.
 * From then on the whole service is in trouble, unless `only` its requests of `from` are.
 */
export type Gate = {
  from?: string
  after?: Answered
  only?: true
  isPolled?: true
  prepare?: 'own-compose' | 'canceled-task'
}

/** The operation of a service, and members that its answer must have. */
export type Answered = { operation: string; where?: Readonly<Record<string, unknown>> }

/** A gate, or why the stage does not use the service. */
type Cell = Gate | string

const REQUEST_COMPOSE = 'POST /api/1/composes/'
const READ_COMPOSE = 'GET /api/1/composes/:id'
const OURS_IS_DONE = { state: 2, owner: 'freshwave' }

const NO_RULE_FILES = 'rule files are read for decisions of the gate alone'
const DISCOVERED = 'discovery has stored what it found'
const PURE = 'planning judges the stored findings and sends nothing'
const COMPOSES_ONLY = 'only ODCS makes composes'

/** Every stage with every service. A stage that uses one more fails `stage-calls.test.ts` until its cell is a gate. */
export const STAGES = {
  intake: {
    errata: { from: 'GET /api/v1/erratum/:id' },
    pyxis: 'whether an advisory matters is decided by the advisory alone',
    koji: 'whether an advisory matters is decided by the advisory alone',
    files: 'whether an advisory matters is decided by the advisory alone',
    odcs: 'whether an advisory matters is decided by the advisory alone',
    pulp: 'whether an advisory matters is decided by the advisory alone',
    jira: 'priorities matter to discovery',
    distgit: NO_RULE_FILES,
  },
  discovery: {
    errata: { from: 'GET /api/v1/erratum/:id/builds_by_cve' },
    pyxis: {},
    koji: {},
    files: 'the RPMs of published images are those of the catalogue',
    odcs: {},
    pulp: {},
    jira: {},
    distgit: NO_RULE_FILES,
  },
  plan: {
    errata: PURE,
    pyxis: PURE,
    koji: PURE,
    files: PURE,
    odcs: PURE,
    pulp: PURE,
    jira: PURE,
    distgit: PURE,
  },
  compose: {
    errata: COMPOSES_ONLY,
    pyxis: COMPOSES_ONLY,
    koji: COMPOSES_ONLY,
    files: COMPOSES_ONLY,
    odcs: { from: REQUEST_COMPOSE },
    pulp: COMPOSES_ONLY,
    jira: COMPOSES_ONLY,
    distgit: COMPOSES_ONLY,
  },
  submit: {
    errata: DISCOVERED,
    pyxis: DISCOVERED,
    koji: { from: 'buildContainer' },
    files: 'nothing is built yet',
    odcs: { after: { operation: REQUEST_COMPOSE }, only: true, prepare: 'own-compose' },
    pulp: DISCOVERED,
    jira: DISCOVERED,
    distgit: NO_RULE_FILES,
  },
  poll: {
    errata: DISCOVERED,
    pyxis: DISCOVERED,
    koji: { after: { operation: 'buildContainer' }, from: 'getTaskInfo', isPolled: true },
    files: 'a task that runs has no files',
    odcs: { after: { operation: REQUEST_COMPOSE }, from: READ_COMPOSE, isPolled: true },
    pulp: DISCOVERED,
    jira: DISCOVERED,
    distgit: NO_RULE_FILES,
  },
  verify: {
    errata: DISCOVERED,
    pyxis: DISCOVERED,
    koji: { from: 'getTaskResult' },
    files: { from: 'GET kojifiles', only: true },
    odcs: { after: { operation: READ_COMPOSE, where: OURS_IS_DONE }, from: READ_COMPOSE },
    pulp: DISCOVERED,
    jira: DISCOVERED,
    distgit: NO_RULE_FILES,
  },
  'look-up of a canceled task': {
    errata: DISCOVERED,
    pyxis: DISCOVERED,
    koji: {
      after: { operation: 'buildContainer' },
      from: 'getTaskInfo',
      isPolled: true,
      prepare: 'canceled-task',
    },
    files: 'a canceled task leaves no files',
    odcs: 'composes are not looked at when a build has ended',
    pulp: DISCOVERED,
    jira: DISCOVERED,
    distgit: NO_RULE_FILES,
  },
} as const satisfies Record<string, Record<Column, Cell>>
export type Stage = keyof typeof STAGES

/** A stage with a service it uses. */
export type StageCell = { stage: Stage; column: Column; gate: Gate }

/** The cells that exist. */
export function stageCells(): StageCell[] {
  const stages = Object.keys(STAGES) as Stage[] // the keys of a literal object are its type's keys
  return stages.flatMap((stage) =>
    COLUMNS.flatMap((column) => {
      const gate: Cell = STAGES[stage][column]
      return typeof gate === 'string' ? [] : [{ stage, column, gate }]
    }),
  )
}
