/** Where this installation has its settings file and policies: the defaults are relative, but callers may be anywhere. */
import { fileURLToPath } from 'node:url'

const pathOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** Defaults by variable, for `readSettings`. */
export const INSTALLED = {
  FRESHWAVE_CONFIG: pathOf('conf/freshwave.yaml'),
  POLICIES_DIR: pathOf('conf/policies'),
  SUBJECT_TYPES_DIR: pathOf('conf/subject-types'),
}
