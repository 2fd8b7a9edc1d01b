/* What the log may show of an error: names and messages, never values. */

const LONGEST = 2000
const DEEPEST = 5

/**
 * Returns an error as plain data. Only the fields named here are kept: drivers and clients attach requests, parameters and answers to their
 * errors. A failed query shows its text, without the parameters (prompts, encrypted credentials) that drizzle puts into the message.
 */
export function logError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return withoutSecretsIn(error)
  // true because property access on any object is safe, and each is checked before it is used
  const { query, code, status, param, sent, problem } = error as Error & Record<string, unknown>
  const message = typeof query === 'string' ? `Failed query: ${query}` : error.message
  return {
    type: error.name,
    message: withoutSecrets(message),
    ...(typeof code === 'string' && { code }),
    ...(typeof status === 'number' && { status }),
    ...(typeof param === 'string' && { param: withoutSecrets(param) }),
    ...(typeof sent === 'boolean' && { sent }),
    ...(typeof problem === 'string' && { problem }),
    stack: framesOf(error),
    ...(error instanceof AggregateError &&
      depth < DEEPEST && { errors: error.errors.map(one => logError(one, depth + 1)) }),
    ...(error.cause !== undefined && depth < DEEPEST && { cause: logError(error.cause, depth + 1) })
  }
}

/** Returns why something failed in one line, without a stack: the messages of an error and its causes, or the kind of a vendor's rejection. */
export function logReason(cause: unknown, depth = 0): string | undefined {
  // true because property access on any object is safe, and each is checked before it is used
  const { kind, code, query } = Object(cause) as Record<string, unknown>
  if (!(cause instanceof Error)) return typeof kind === 'string' ? [kind, code].filter(Boolean).join(' ') : undefined
  const message = typeof query === 'string' ? 'Failed query' : withoutSecrets(cause.message)
  const before = depth < DEEPEST ? logReason(cause.cause, depth + 1) : undefined
  return before === undefined ? message : `${message}: ${before}`
}

/** Serializers for pino: the fields under which errors and vendors' rejections are logged. */
export const errorSerializers = {
  err: (error: unknown) => logError(error),
  cause: (error: unknown) => logError(error),
  failure: (failure: unknown) => withoutSecretsIn(failure)
}

/** Masks keys, tokens, passwords and URL queries in a text, and shortens it to `longest` characters. */
export function withoutSecrets(text: string, longest = LONGEST): string {
  // longer than the final cut: half a secret would match no pattern
  const masked = withoutTokens(text.slice(0, 2 * longest))
    .replaceAll(/\b(Bearer|Basic) +[\w.~+/=:-]{8,}/gi, '$1 …')
    // also words of a sentence: `API key provided`
    .replaceAll(/\b(Key|Token) +(?=[a-z.~+/=:_-]*\d|[\w.~+/=:-]{20})[\w.~+/=:-]{8,}/gi, '$1 …')
    .replaceAll(/([?&](?:signature|sig|token|key|password|x-amz-[\w-]+)=)[^\s&"']+/gi, '$1…')
  return masked.length > longest ? `${masked.slice(0, longest)}…` : masked
}

/** Masks what is a secret by its form, whatever surrounds it: also in names, where `Key production` is a word. */
export function withoutTokens(text: string): string {
  return (
    text
      .replaceAll(/\b(sk-|whsec_)[\w-]{6,}/g, '$1…')
      .replaceAll(/\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g, '…')
      // the password of a connection string may hold any character: all up to the last @ of the line is masked
      .replaceAll(/\b(postgres|postgresql|redis|rediss|s3):\/\/.*@/gi, '$1://…@')
      .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1…@')
      // a link to a file is like a key: its query contains the signature
      .replaceAll(/\b(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>)]+/gi, '$1?…')
  )
}

// without the message: a line of it may look like a frame
const framesOf = ({ stack = '', message }: Error) =>
  stack
    .replace(message, '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n')

/** The same for what is logged, thrown or passed as a cause without being an error, e.g. a vendor's rejection. */
function withoutSecretsIn(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return '…'
  if (Array.isArray(value)) return value.map(one => withoutSecretsIn(one, depth + 1))
  // vendors repeat prompts in their messages, and no pattern matches a prompt: the message is only in the task's attempt, for the operator
  if ('kind' in value && 'message' in value) {
    const { message: _message, ...rest } = value
    return withoutSecretsIn(rest, depth)
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecretsIn(one, depth + 1)]))
}
