/** Reads the folders of policies and subject types (behaviour/greenwave 1.1, 2.1): all of it is good, or all faults are told. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../config/env.ts'
import type { Policy } from '../../domain/gate/policy/policy.ts'
import { type SubjectTypes, subjectTypes } from '../../domain/gate/subject/subject-type.ts'
import { BadSettings, messageOf } from '../../lib/errors.ts'
import { readYaml } from '../../lib/yaml/read.ts'
import { type DefinitionFile, readDefinitionFiles } from './documents.ts'
import { readPolicies } from './read-policies.ts'
import { readSubjectTypes } from './read-subject-types.ts'

/** What decisions are made by: both in load order, which is that of file names and documents. */
export type PolicySet = { policies: readonly Policy[]; subjectTypes: SubjectTypes }

/** The two folders. */
export type PolicyFolders = Pick<Environment, 'POLICIES_DIR' | 'SUBJECT_TYPES_DIR'>

/** Our own files may be larger than those that anybody can send. */
const CONFIGURED_FILES = { maxLength: 16 * 1024 * 1024, maxNodes: 2_000_000 }

/** @throws BadSettings with everything that is wrong in either folder, each `folder/file.yaml:line: what`. */
export async function readPolicySet(folders: PolicyFolders): Promise<PolicySet> {
  const [policies, types] = await Promise.all([
    readFolder('POLICIES_DIR', folders, (stream) => readPolicies(stream, 'configured')),
    readFolder('SUBJECT_TYPES_DIR', folders, readSubjectTypes),
  ])
  const problems = [...policies.problems, ...types.problems]
  if (problems.length > 0) throw new BadSettings(problems)
  return { policies: policies.read, subjectTypes: subjectTypes(types.read) }
}

/** Definition files of a folder; others are passed over, and hidden ones, as editors leave them. @throws when it cannot be read */
export async function definitionFileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.yaml') && !name.startsWith('.')).sort()
}

type Read<T> = ReturnType<typeof readDefinitionFiles<T>>

async function readFolder<T>(
  setting: keyof PolicyFolders,
  folders: PolicyFolders,
  read: Parameters<typeof readDefinitionFiles<T>>[1],
): Promise<Read<T>> {
  const folder = folders[setting]
  try {
    const names = await definitionFileNames(folder)
    const found = readDefinitionFiles(await Promise.all(names.map((name) => readFileIn(folder, name))), read)
    return { ...found, problems: found.problems.map((problem) => join(folder, problem)) }
  } catch (error) {
    return { read: [], problems: [`${setting}: ${messageOf(error)}`] }
  }
}

/** A file that cannot be read is one more fault: it must not hide those of the others. */
async function readFileIn(folder: string, name: string): Promise<DefinitionFile> {
  try {
    return { name, stream: readYaml(await readFile(join(folder, name)), CONFIGURED_FILES) }
  } catch (error) {
    const problem = { message: messageOf(error), place: { line: 1, column: 1 } }
    return { name, stream: { documents: [], problem } }
  }
}
