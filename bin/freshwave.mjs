#!/usr/bin/env node
// The command line: runs src/cli/main.ts under a Node that strips types.
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, fileURLToPath(new URL('../src/cli/main.ts', import.meta.url)))
await import('../scripts/run.mjs')
