/** The state of the git web server: repositories with their commits and branches. */
import { createHash } from 'node:crypto'

/** Files by path, as of one commit. */
type Tree = ReadonlyMap<string, string>

/** One repository; each branch is a name for a commit. */
type Repository = { commits: Map<string, Tree>; branches: Map<string, string> }

/** Repositories by full name, such as `rpms/nethack`. */
export type DistGitState = {
  repositories: Map<string, Repository>
  /** The target of the fault `redirect`. */
  redirectTo: string
}

/** A file to commit on top of a branch. */
export type NewFile = {
  repository: string
  path: string
  text: string
  /** Default `main`. */
  branch?: string
  /** The id of the commit; generated when left out. */
  commit?: string
}

/** A server without repositories. */
export function createDistGitState(): DistGitState {
  return { repositories: new Map(), redirectTo: 'http://elsewhere.example.com/' }
}

/** Commits the file, creating the repository and branch if needed; returns the commit's id. */
export function commitFile(state: DistGitState, file: NewFile): string {
  const { repository: name, path, text, branch = 'main' } = file
  const repository = state.repositories.get(name) ?? { commits: new Map(), branches: new Map() }
  state.repositories.set(name, repository)
  const previous = repository.commits.get(repository.branches.get(branch) ?? '') ?? new Map<string, string>()
  const generated = createHash('sha1')
    .update(`${name} ${path} ${repository.commits.size} ${text}`)
    .digest('hex')
  const commit = file.commit ?? generated
  repository.commits.set(commit, new Map([...previous, [path, text]]))
  repository.branches.set(branch, commit)
  return commit
}

/** The text of a file at a commit or branch; undefined when it does not exist. */
export function fileAt(
  state: DistGitState,
  repository: string,
  ref: string,
  path: string,
): string | undefined {
  const known = state.repositories.get(repository)
  return known?.commits.get(known.branches.get(ref) ?? ref)?.get(path)
}
