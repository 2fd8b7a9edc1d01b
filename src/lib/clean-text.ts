import { withoutSecrets } from './log-error.ts'

/* Texts from outside, made fit to store, log, answer and send. */

/** Returns the text with U+FFFD in place of lone surrogates and U+0000: Postgres stores neither. */
export function wellFormed(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole
}

/** Shortens a text to `most` UTF-16 units, with an ellipsis; never splits a character. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const isSplit = /[\uD800-\uDBFF]/.test(text[most - 2]!)
  return `${text.slice(0, most - (isSplit ? 2 : 1))}…`
}

/** The most of a vendor's message that is stored, and that a client is told. */
export const LONGEST_MESSAGE = 2000
export const LONGEST_CLIENT_MESSAGE = 500

/**
 * Returns a vendor's message without what could be a secret or is nobody's business: keys and tokens, file paths, email addresses, ids of
 * accounts. At most 2,000 characters. Only for prose: ids and links that must work lose what makes them work.
 */
export function publicWords(message: string): string {
  // longer than the final cut: half a secret would match no pattern
  const cleaned = withoutSecrets(wellFormed(message.slice(0, 4 * LONGEST_MESSAGE)), 2 * LONGEST_MESSAGE)
    .replaceAll(/-----BEGIN [A-Z ]{1,40}-----[^-]*(?:-----END [A-Z ]{1,40}-----)?/g, '…')
    .replaceAll(/\b(AKIA|ASIA|AKLT|LTAI|AIza|ya29\.)[\w-]{8,}/g, '$1…')
    .replaceAll(/\b((?:pk|rk|ak|r8|hf|xai|gsk|key|tok|ghp|gho|glpat|xox[abp])[-_])[A-Za-z\d][\w-]{10,}/g, '$1…')
    .replaceAll(named, '$1$2…')
    .replaceAll(/[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/g, '[email]')
    .replaceAll(folders, '$1[path]')
    .replaceAll(files, '$1[path]')
    .replaceAll(accounts, (words, kind: string, id: string) => (/\d/.test(id) ? `${kind} …` : words))
    .replaceAll(/[A-Za-z\d+=]{20,}/g, token => (looksRandom(token) ? '…' : token))
  return shortened(cleaned, LONGEST_MESSAGE)
}

// `api_key=…`, `"secretKey": "…"`, `authorization: …`
const named =
  /\b((?:api|access|secret|private|session|auth)[ _-]?(?:key|token)(?:[ _-]?id)?|secret|password|passwd|authorization|credential)(["']?\s?[:=]\s?["']?)(?=[^\s"',;&]*\d|[^\s"',;&]{16})[^\s"',;&]{4,}/gi

// below the folders that systems and images have
const folders =
  /(^|[\s"'`(=:,[])(?:file:\/\/)?\/(?:home|root|usr|var|opt|srv|app|apps|data|mnt|tmp|etc|proc|workspace|Users|Library|private)\/[^\s"'`),;:\]]*/g

// a Windows path, or a path to a file of a program
const files =
  /(^|[\s"'`(=:,[])(?:[A-Za-z]:\\[^\s"'`),;\]]+|(?:\.{0,2}\/)?(?:[\w.-]+\/)+[\w-]+\.(?:py|js|ts|mjs|go|java|php|rb|rs|so|cc|cpp|c|h|cs|kt|scala|log|ya?ml|toml|ini|conf|env|pem|sock)\b)/g

// `customer account 4711`: the second word is no id, and may be followed by one
const accounts =
  /\b((?:account|organi[sz]ation|org|project|proj|tenant|customer|workspace|team|acct|user)(?:[ _-]?id)?)(?:\s{0,4}[:=#]\s{0,4}|[\s_-]{1,4})["'`]?(?!(?:account|organi[sz]ation|project|tenant|customer|workspace|team|acct|user)\b)([\w-]{4,64})/gi

/** Hexadecimal digits, base62 and base64 as keys have them: letters and digits without a pattern. */
function looksRandom(token: string): boolean {
  const digits = token.replaceAll(/\D/g, '').length
  if (digits < 2 || digits === token.length) return false
  return token.length >= 32 || (/[a-z]/.test(token) && /[A-Z]/.test(token))
}
