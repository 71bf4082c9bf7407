/** Queue `submit`: one try of one build. Safe to repeat: a try is claimed first, and looked for after a lost answer. */
import { submitBuild } from '../src/commands/submit-build.ts'
import type { WorkerOf } from './run.ts'

/** Submits one build if it is ready. */
export const submit: WorkerOf<'submit'> = (ctx, { buildId }, { isLast }) => submitBuild(ctx, buildId, isLast)
