/** Reads the folders of policies and subject types (behaviour/greenwave 1.1, 2.1), and reports all problems at once. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../config/env.ts'
import type { Policy } from '../../domain/gate/policy/policy.ts'
import { indexPolicies, type PolicyIndex } from '../../domain/gate/policy/policy-index.ts'
import { type SubjectTypes, subjectTypes } from '../../domain/gate/subject/subject-type.ts'
import { BadSettings, messageOf } from '../../lib/errors.ts'
import { readYaml } from '../../lib/yaml/read.ts'
import { type DefinitionFile, readDefinitionFiles } from './documents.ts'
import { readPolicies } from './read-policies.ts'
import { readSubjectTypes } from './read-subject-types.ts'

/** The policies and subject types in force, in load order: by file name, then by document. */
export type PolicySet = { policies: readonly Policy[]; index: PolicyIndex; subjectTypes: SubjectTypes }

/** The settings that name the two folders. */
export type PolicyFolders = Pick<Environment, 'POLICIES_DIR' | 'SUBJECT_TYPES_DIR'>

/** The operator's files may be larger than those from requests and repositories. */
const CONFIGURED_FILES = { maxLength: 16 * 1024 * 1024, maxNodes: 2_000_000 }

/** Policies that cannot be used. `isUnreadable`: also because of a file or folder that could not be read, perhaps only for a moment. */
export class BadPolicies extends BadSettings {
  readonly isUnreadable: boolean
  constructor(problems: string[], isUnreadable: boolean) {
    super(problems)
    this.isUnreadable = isUnreadable
  }
}

/** Reads both folders. @throws BadPolicies with all problems of both, each `folder/file.yaml:line: problem` */
export async function readPolicySet(folders: PolicyFolders): Promise<PolicySet> {
  const [policies, types] = await Promise.all([
    readFolder('POLICIES_DIR', folders, (stream, file) => readPolicies(stream, 'configured', file)),
    readFolder('SUBJECT_TYPES_DIR', folders, readSubjectTypes),
  ])
  const problems = [...policies.problems, ...types.problems]
  if (problems.length > 0) throw new BadPolicies(problems, policies.isUnreadable || types.isUnreadable)
  return {
    policies: policies.read,
    index: indexPolicies(policies.read),
    subjectTypes: subjectTypes(types.read),
  }
}

/** Whether all files of both folders can be read now, for much less than `readPolicySet` takes. Never rejects. */
export async function canBeRead({ POLICIES_DIR, SUBJECT_TYPES_DIR }: PolicyFolders): Promise<boolean> {
  try {
    for (const folder of [POLICIES_DIR, SUBJECT_TYPES_DIR])
      for (const name of await definitionFileNames(folder)) await readFile(join(folder, name))
    return true
  } catch {
    return false
  }
}

/** The definition files of a folder, without hidden ones, which editors leave behind. @throws when it cannot be read */
export async function definitionFileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.yaml') && !name.startsWith('.')).sort()
}

type Read<T> = ReturnType<typeof readDefinitionFiles<T>> & { isUnreadable: boolean }
type FileRead = DefinitionFile & { isUnreadable: boolean }

async function readFolder<T>(
  setting: keyof PolicyFolders,
  folders: PolicyFolders,
  read: Parameters<typeof readDefinitionFiles<T>>[1],
): Promise<Read<T>> {
  const folder = folders[setting]
  try {
    const names = await definitionFileNames(folder)
    const files = await Promise.all(names.map((name) => readFileIn(folder, name)))
    const found = readDefinitionFiles(files, read)
    const isUnreadable = files.some((file) => file.isUnreadable)
    return { ...found, problems: found.problems.map((problem) => join(folder, problem)), isUnreadable }
  } catch (error) {
    return { read: [], problems: [`${setting}: ${messageOf(error)}`], isUnreadable: true }
  }
}

/** An unreadable file is one more problem: it must not hide those of the other files. */
async function readFileIn(folder: string, name: string): Promise<FileRead> {
  try {
    const bytes = await readFile(join(folder, name))
    return { name, stream: readYaml(bytes, CONFIGURED_FILES), isUnreadable: false }
  } catch (error) {
    const problem = { message: messageOf(error), place: { line: 1, column: 1 } }
    return { name, stream: { documents: [], problem }, isUnreadable: true }
  }
}
