#!/usr/bin/env node
// The command line: runs src/cli/main.ts, by way of start.mjs, under a Node that strips types.
import { fileURLToPath } from 'node:url'

const own = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

// What stands in the settings unless the caller says otherwise is relative, but callers may be anywhere.
process.env.FRESHWAVE_CONFIG ??= own('conf/freshwave.yaml')
process.env.POLICIES_DIR ??= own('conf/policies')
process.env.SUBJECT_TYPES_DIR ??= own('conf/subject-types')
process.argv.splice(2, 0, own('bin/start.mjs'))
await import('../scripts/run.mjs')
