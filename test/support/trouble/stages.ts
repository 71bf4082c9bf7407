/** The stages of an event and the outside services that each of them uses: the rows of the table of troubles. */
import type { Service } from '../../../lab/fault-rule.ts'

/** The services used for rebuilds. Koji's file server, which shares the port of the hub, has a separate column. */
export const COLUMNS = [
  'errata',
  'pyxis',
  'koji',
  'files',
  'odcs',
  'pulp',
  'jira',
  'distgit',
  'pyxis-rest',
  'product-pages',
  'flatpak-index',
] as const
export type Column = (typeof COLUMNS)[number]

/** Where the faults of a column are set. */
export const SERVICE_OF: Record<Column, Service> = {
  errata: 'errata',
  pyxis: 'pyxis',
  koji: 'koji',
  files: 'koji',
  odcs: 'odcs',
  pulp: 'pulp',
  jira: 'jira',
  distgit: 'distgit',
  'pyxis-rest': 'pyxis-rest',
  'product-pages': 'product-pages',
  'flatpak-index': 'flatpak-index',
}

/** The name of a column's service in health, metrics and reasons. */
export function reportedName(column: Column): string {
  return column === 'files' ? 'koji-files' : SERVICE_OF[column]
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
  /** The stage that meets the trouble in the same way, and is tried instead of this one. */
  like?: 'intake' | 'discovery'
}

/** An answered operation of a service, and members that the answer must have. */
export type Answered = { operation: string; where?: Readonly<Record<string, unknown>> }

/** A gate, or the reason why the stage does not use the service. */
type Cell = Gate | string

const REQUEST_COMPOSE = 'POST /api/1/composes/'
const READ_COMPOSE = 'GET /api/1/composes/:id'
const OURS_IS_DONE = { state: 2, owner: 'freshwave' }

const ADVISORY_ALONE = 'whether an advisory matters depends on the advisory alone'
const NO_RULE_FILES = 'only decisions of the gate read rule files'
const DISCOVERED = 'discovery has stored what it found'
const PURE = 'planning judges the stored findings and sends nothing'
const OF_OTHER_EVENTS = {
  'pyxis-rest': 'only bundles are found by digests',
  'product-pages': 'only bundles depend on versions of OpenShift',
  'flatpak-index': 'only flatpaks are found by modules',
}
const LIKE_INTAKE = { like: 'intake' } as const
const LIKE_DISCOVERY = { like: 'discovery' } as const
const COMPOSES_ONLY = 'only ODCS makes composes'

/** Every stage with every service. A stage that uses another service fails `stage-calls.test.ts` until the cell is a gate. */
export const STAGES = {
  intake: {
    errata: { from: 'GET /api/v1/erratum/:id' },
    pyxis: ADVISORY_ALONE,
    koji: ADVISORY_ALONE,
    files: ADVISORY_ALONE,
    odcs: ADVISORY_ALONE,
    pulp: ADVISORY_ALONE,
    jira: 'priorities matter to discovery',
    distgit: NO_RULE_FILES,
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
  },
  'intake of modules': {
    errata: LIKE_INTAKE,
    pyxis: ADVISORY_ALONE,
    koji: ADVISORY_ALONE,
    files: ADVISORY_ALONE,
    odcs: ADVISORY_ALONE,
    pulp: ADVISORY_ALONE,
    jira: 'priorities do not matter to flatpaks',
    distgit: NO_RULE_FILES,
    ...OF_OTHER_EVENTS,
  },
  'discovery of bundles': {
    errata: LIKE_DISCOVERY,
    pyxis: 'only the other interface of the catalogue has digests',
    koji: LIKE_DISCOVERY,
    files: 'the catalogue knows the names and versions of these bundles',
    odcs: 'bundles need no composes',
    pulp: 'bundles have no content sets',
    jira: 'an advisory of images has no issues here',
    distgit: NO_RULE_FILES,
    'pyxis-rest': {},
    'product-pages': {},
    'flatpak-index': OF_OTHER_EVENTS['flatpak-index'],
  },
  'discovery of flatpaks': {
    errata: LIKE_DISCOVERY,
    pyxis: LIKE_DISCOVERY,
    koji: LIKE_DISCOVERY,
    files: 'the RPMs of published images are those of the catalogue',
    odcs: LIKE_DISCOVERY,
    pulp: 'flatpaks are found by modules, not by content sets',
    jira: 'priorities do not matter to flatpaks',
    distgit: NO_RULE_FILES,
    ...OF_OTHER_EVENTS,
    'flatpak-index': {},
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
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
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
    ...OF_OTHER_EVENTS,
  },
} as const satisfies Record<string, Record<Column, Cell>>
export type Stage = keyof typeof STAGES

/** What an event is about. */
export type Subject = 'rpms' | 'bundles' | 'flatpaks'

/** The events that a stage belongs to. */
export function subjectOf(stage: Stage): Subject {
  if (stage === 'discovery of bundles') return 'bundles'
  return stage === 'discovery of flatpaks' || stage === 'intake of modules' ? 'flatpaks' : 'rpms'
}

/** A stage with a service it uses. */
export type StageCell = { stage: Stage; column: Column; gate: Gate }

/** The cells to try. */
export function stageCells(): StageCell[] {
  const stages = Object.keys(STAGES) as Stage[] // the keys of a literal object are its type's keys
  return stages.flatMap((stage) =>
    COLUMNS.flatMap((column) => {
      const gate: Cell = STAGES[stage][column]
      return typeof gate === 'string' || gate.like ? [] : [{ stage, column, gate }]
    }),
  )
}
