/** Tables `subjects` (artifacts that messages of the gate name), and `decisions` and `release_decisions` on them (decisions 0035, 0039). */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const SubjectSchema = defineEntity({
  name: 'Subject',
  tableName: 'subjects',
  indexes: [{ name: 'subjects_seen_at_index', properties: ['seenAt'] }],
  properties: {
    id: p.integer().primary().autoincrement(),
    /** MD5 of type and identifier, which may be too long for an index. */
    digest: p.text().unique('subjects_digest_unique'),
    /** The canonical id of its type. */
    type: p.text(),
    identifier: p.text(),
    /** Rises each time decisions on it are stored: of two runs that began with the same revision, only one stores. */
    revision: p.integer().default(0),
    /** Rises with each message that may concern it, also under another type; earlier decisions at release gates are then outdated. */
    news: p.integer().default(0),
    /** When the last message about it arrived. */
    seenAt: p.datetime().defaultRaw('now()'),
  },
})

/** An artifact that a message about a result or a waiver named. */
export class Subject extends SubjectSchema.class {}
SubjectSchema.setClass(Subject)

/** Columns, indexes and constraints. */
export const StoredDecisionSchema = defineEntity({
  name: 'StoredDecision',
  tableName: 'decisions',
  properties: {
    subject: () => p.manyToOne(Subject).mapToPk().primary().deleteRule('cascade'),
    decisionContext: p.text().primary(),
    productVersion: p.text().primary(),
    /** The answer to a request over HTTP. */
    decision: p.json<unknown>(),
    /** Decisions with equal fingerprints count as unchanged. */
    fingerprint: p.text(),
    /** The earliest time, in microseconds since 1970, whose decision was compared with a later one. */
    knownSinceUs: p.bigint('number'),
    /** Whether any change has been published. */
    isPublished: p.boolean(),
  },
})

/** The last decision that messages led to, published or not. */
export class StoredDecision extends StoredDecisionSchema.class {}
StoredDecisionSchema.setClass(StoredDecision)

/** Columns, indexes and constraints. */
export const ReleaseDecisionSchema = defineEntity({
  name: 'ReleaseDecision',
  tableName: 'release_decisions',
  properties: {
    subject: () => p.manyToOne(Subject).mapToPk().primary().deleteRule('cascade'),
    decisionContext: p.text().primary(),
    productVersion: p.text().primary(),
    /** The answer to a request over HTTP. */
    decision: p.json<unknown>(),
    /** Digest of what it was judged by: policies, subject types and settings. */
    judgedBy: p.text(),
  },
})

/** The decision on a rebuilt image at a release gate, as of the last message about the image; nothing of it is published. */
export class ReleaseDecision extends ReleaseDecisionSchema.class {}
ReleaseDecisionSchema.setClass(ReleaseDecision)
