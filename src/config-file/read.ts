import { readFileSync } from 'node:fs'
import { ConfigError } from '../errors.ts'
import { checkContent, type Checks } from './check.ts'
import { readDocument, type Problem, type SourceDocument } from './document.ts'
import { ConfigFileError } from './problems.ts'
import { fileSchema, type FileContent } from './schema.ts'

/** A valid configuration file. */
export interface ConfigFile {
  /** as it was named */
  path: string
  content: FileContent
  position: SourceDocument['position']
}

interface Dependencies extends Checks {
  env: Record<string, string | undefined>
}

/**
 * Reads a configuration file, and checks everything that can be checked without the database. Throws ConfigFileError with every problem,
 * or ConfigError when the file cannot be read.
 */
export async function readConfigFile(path: string, { env, ...checks }: Dependencies): Promise<ConfigFile> {
  const { document, problems } = readDocument(readText(path), name => variable(env, name))
  if (problems.length) throw new ConfigFileError(path, problems)
  const { content, problems: wrong } = validated(document)
  if (!content) throw new ConfigFileError(path, wrong)
  const inner = await checkContent(content, document, checks)
  if (inner.length) throw new ConfigFileError(path, inner)
  return { path, content, position: document.position }
}

/** Reads a file named in the configuration. Throws ConfigError. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Returns an environment variable, or the content of the file that `NAME_FILE` names. */
function variable(env: Dependencies['env'], name: string): string | undefined {
  const path = env[`${name}_FILE`]?.trim()
  return env[name]?.trim() || (path ? readText(path).trim() : undefined)
}

function validated(document: SourceDocument): { content: FileContent | null; problems: Problem[] } {
  let result = fileSchema.safeParse(document.value())
  // YAML takes 0.10 for a number, and an interpolated 8 for a text
  if (result.error && retype(document, result.error.issues)) result = fileSchema.safeParse(document.value())
  if (result.data) return { content: result.data, problems: [] }
  return { content: null, problems: (result.error?.issues ?? []).flatMap(issue => problemsOf(document, issue)) }
}

type Issue = NonNullable<ReturnType<typeof fileSchema.safeParse>['error']>['issues'][number]

/** Replaces values of the wrong type that may be read as the right one; returns whether there were any. */
function retype(document: SourceDocument, issues: readonly Issue[]): boolean {
  let changed = false
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue
    const other = document.otherwise(issue.path)
    const wanted = issue.expected === 'int' ? 'number' : issue.expected
    if (typeof other !== wanted) continue
    document.set(issue.path, other)
    changed = true
  }
  return changed
}

function problemsOf(document: SourceDocument, issue: Issue): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      ...document.position(path, key),
      path: [...path, key].join('.'),
      message: 'is not a known field.'
    }))
  const message = !document.has(path)
    ? 'is missing'
    : issue.code === 'invalid_union'
      ? 'must be a text or a list of named texts'
      : issue.message
  return [{ ...document.position(path), path: path.map(String).join('.'), message: `${message}.` }]
}
