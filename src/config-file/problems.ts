import { basename } from 'node:path'
import { ApiError, ConfigError } from '../errors.ts'
import type { Problem, SourceDocument } from './document.ts'

/** A configuration file that cannot be applied. */
export class ConfigFileError extends ConfigError {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((one, other) => one.line - other.line || one.column - other.column)
    const lines = sorted.map(
      ({ line, column, path, message }) => `${basename(file)}:${line}:${column}  ${path && `${path}: `}${message}`
    )
    super(`${file} cannot be applied:\n  ${lines.join('\n  ')}`)
    this.problems = sorted
  }

  /** Returns what is shown of it as JSON. */
  shown() {
    const { message, problems } = this
    return { message, problems }
  }
}

/** Collects what is wrong with each object of a file, with its place. */
export function createProblems(document: Pick<SourceDocument, 'position'>) {
  const found: Problem[] = []
  return {
    found,

    /** Returns what `work` does; null when it throws an ApiError, which becomes a problem of what is at `path`. */
    async attempt<Result>(path: readonly PropertyKey[], work: () => Result | Promise<Result>): Promise<Result | null> {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        const full = [...path, ...(error.param?.split('.') ?? [])]
        const prefix = `${error.param}: `
        const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message
        found.push({ ...document.position(full), path: full.map(String).join('.'), message })
        return null
      }
    }
  }
}

export type Problems = ReturnType<typeof createProblems>
