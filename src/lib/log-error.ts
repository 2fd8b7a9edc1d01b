/* Errors as the log may keep them: names and words, never values. */

const LONGEST = 2000
const DEEPEST = 5

/**
 * An error as plain data. Only what is named here is kept: drivers and clients hang requests, parameters and answers on their errors.
 * A failed query shows its text, without the parameters (prompts, sealed credentials) that drizzle puts into its message.
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

/** For pino: the names under which errors, and vendors' refusals, are logged. */
export const errorSerializers = {
  err: (error: unknown) => logError(error),
  cause: (error: unknown) => logError(error),
  failure: (failure: unknown) => withoutSecretsIn(failure)
}

/** The text with keys, tokens, passwords and the queries of URLs blotted out, and cut where it gets long. */
export function withoutSecrets(text: string): string {
  const masked = text
    // more than is kept, so that the cut leaves no half of a secret that no pattern knows
    .slice(0, 2 * LONGEST)
    .replaceAll(/\b(sk-|whsec_)[\w-]{6,}/g, '$1…')
    .replaceAll(/\b(Bearer|Basic|Key|Token) +[\w.~+/=:-]{8,}/gi, '$1 …')
    .replaceAll(/\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g, '…')
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1…@')
    // a link to a file is as good as a key: its query holds the signature
    .replaceAll(/\b(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>)]+/gi, '$1?…')
    .replaceAll(/([?&](?:signature|sig|token|key|x-amz-[\w-]+)=)[^\s&"']+/gi, '$1…')
  return masked.length > LONGEST ? `${masked.slice(0, LONGEST)}…` : masked
}

// the message goes first: a line of it may look like a frame
const framesOf = ({ stack = '', message }: Error) =>
  stack
    .replace(message, '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n')

/** What is thrown or passed as a cause without being an error: a vendor's no, as data. */
function withoutSecretsIn(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return '…'
  if (Array.isArray(value)) return value.map(one => withoutSecretsIn(one, depth + 1))
  // vendors repeat prompts in their words, and no pattern knows a prompt: the task's attempt keeps them for the operator
  if ('kind' in value && 'message' in value) {
    const { message: _message, ...rest } = value
    return withoutSecretsIn(rest, depth)
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecretsIn(one, depth + 1)]))
}
