/*
 * Takes a channel's credential out of answers. Vendors repeat it: in messages about a wrong key, in pages of proxies that show the request.
 *
 * A secret is replaced in every string, ids and links included, because no answer needs to hold it: operation names hold the project, not the
 * key, and a signed link holds the signature of whoever keeps the file. Should a link hold the key of the channel all the same, the key is put
 * back when the link is followed to an origin that may have it (`restored`), so the video is not lost and the key is in no row.
 * Fields that are not secret (a project, a service account) are part of ids and links, and are only taken out of prose.
 */

/** What must not be in an answer. */
export interface Secrets {
  /** secret fields of the credential */
  secret: readonly string[]
  /** its other fields */
  named: readonly string[]
}

export interface Redactor {
  /** whether a text may need `clean`: false is certain */
  concerns(text: string): boolean
  clean(text: string): string
}

export const REDACTED = '[credential]'

// shorter values (a region, a user id) are no secrets and would match by accident
export const SHORTEST_SECRET = 8

const forms = new WeakMap<Secrets, { secret: string[]; named: string[] }>()
// most requests of a channel send the same
const last = new WeakMap<Secrets, { sent: readonly string[]; redactor: Redactor }>()

/** Returns what takes a credential out of texts. `sent`: values of headers that were made from it (a token, a signature). */
export function createRedactor(secrets: Secrets, sent: readonly string[]): Redactor {
  const before = last.get(secrets)
  if (before?.sent.length === sent.length && sent.every((value, index) => value === before.sent[index]))
    return before.redactor
  const redactor = newRedactor(secrets, sent)
  last.set(secrets, { sent, redactor })
  return redactor
}

function newRedactor(secrets: Secrets, sent: readonly string[]): Redactor {
  const known = forms.get(secrets) ?? {
    secret: longestFirst(secrets.secret.flatMap(formsOf)),
    named: longestFirst(secrets.named.filter(isLong))
  }
  forms.set(secrets, known)
  const everywhere = [...longestFirst(sent.filter(isLong)), ...known.secret]
  const all = [...everywhere, ...known.named]
  return {
    concerns: text => all.some(form => text.includes(form)),
    clean: text => without(text, /\s/.test(text) ? all : everywhere)
  }
}

/** Returns a query with the secret back in its place; only for addresses that may have it. A credential of several secrets cannot be restored. */
export function restored(query: string, { secret }: Secrets): string {
  const [only, ...others] = secret
  if (only === undefined || others.length || !query.includes(REDACTED)) return query
  return query.replaceAll(REDACTED, () => encodeURIComponent(only))
}

function without(text: string, found: readonly string[]): string {
  let cleaned = text
  for (const form of found) if (cleaned.includes(form)) cleaned = cleaned.replaceAll(form, REDACTED)
  return cleaned
}

const isLong = (text: string) => text.length >= SHORTEST_SECRET

const longestFirst = (texts: readonly string[]) => [...new Set(texts)].sort((a, b) => b.length - a.length)

/** Returns the forms in which a secret may be repeated: as it is, halved by a cut, escaped, in base64 and in hexadecimal. */
function formsOf(secret: string): string[] {
  if (!isLong(secret)) return []
  const quoted = JSON.stringify(secret).slice(1, -1)
  const percent = encodeURIComponent(secret)
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const hex = Buffer.from(secret).toString('hex')
  const half = Math.ceil(secret.length / 2)
  return [
    secret,
    ...[secret.slice(0, half), secret.slice(half)].filter(part => part.length >= 12),
    // a private key: each of its lines
    ...secret.split('\n').filter(line => line.length >= 32),
    quoted,
    JSON.stringify(quoted).slice(1, -1),
    percent,
    percent.replaceAll('%20', '+'),
    html,
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap(offset => base64Of(secret, offset))
  ]
}

/** Returns what base64 makes of a secret `offset` bytes after the start of a group of three, whatever is around it. */
function base64Of(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const whole = bytes.toString('base64').replaceAll('=', '')
  // the characters that hold bits of the neighbours differ
  const inner = whole.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')].filter(isLong)
}
