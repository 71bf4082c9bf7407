/** The table of contents of the book: which documents of `docs/` it has, and in which order. */

/** The folder of the documents, in the repository. */
export const BOOK_FOLDER = 'docs'

/** The folder of which every document is in the book: each alert has its page there. */
export const RUNBOOKS = 'runbooks'

/** Documents by part; paths in `docs/` without `.md`. A document in the folder that is missing here fails a test. */
export const PARTS = [
  { title: 'Start', chapters: ['index', 'first-steps', 'glossary'] },
  { title: 'Moving here', chapters: ['moving-from-freshmaker', 'moving-from-greenwave'] },
  { title: 'Use', chapters: ['command-line', 'policies', 'api', 'behaviour/streams'] },
  {
    title: 'Operation',
    chapters: ['settings', 'running', 'backup-and-restore', 'metrics', 'tracing', 'bench'],
  },
  { title: 'Code', chapters: ['design', 'extending'] },
  {
    title: 'Kept behaviour',
    chapters: ['behaviour/freshmaker', 'behaviour/greenwave', 'behaviour/koji', 'behaviour/services'],
  },
] as const
