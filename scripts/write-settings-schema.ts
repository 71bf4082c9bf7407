/** Writes conf/freshwave.schema.json, the schema of the settings file for editors. */
import { writeFileSync } from 'node:fs'
import { settingsSchemaText } from './settings-schema.ts'

writeFileSync('conf/freshwave.schema.json', settingsSchemaText())
