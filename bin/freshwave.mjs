#!/usr/bin/env node
// The command line: runs src/cli/main.ts, by way of start.mjs, under a Node that strips types.
import { fileURLToPath } from 'node:url'

const own = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

process.argv.splice(2, 0, own('bin/start.mjs'))
await import('../scripts/run.mjs')
