/** Writes conf/freshwave.schema.json, the schema of the settings file for editors. */
import { writeFileSync } from 'node:fs'
import { oneFormOfArguments } from '../src/lib/refuse-arguments.ts'
import { settingsSchemaText } from './settings-schema.ts'

oneFormOfArguments('node scripts/run.mjs scripts/write-settings-schema.ts', [''])
writeFileSync('conf/freshwave.schema.json', settingsSchemaText())
