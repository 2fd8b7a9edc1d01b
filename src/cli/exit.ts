/** The exit codes of commands (api.md §7). */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  auth: 3,
  refused: 4,
  timeout: 5,
  config: 78,
  /** 128 + SIGINT, as shells expect */
  interrupted: 130
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with a message and without a stack trace. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: ExitCode
  /** the server's own error object, for --json */
  readonly error: unknown

  constructor(exitCode: ExitCode, message: string, error?: unknown) {
    super(message)
    this.exitCode = exitCode
    this.error = error ?? { message, code: nameOf(exitCode) }
  }
}

export const usage = (message: string) => new CommandFailure(exitCodes.usage, message)

/** Returns the exit code of an HTTP error status. */
export function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.auth
  if (status === 408 || status === 504) return exitCodes.timeout
  return status >= 500 ? exitCodes.failed : exitCodes.refused
}

const nameOf = (code: ExitCode) => Object.entries(exitCodes).find(([, value]) => value === code)?.[0]
