import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'

/* The examples of the published documents, cut out of their text and run as they stand: only the host and the key are replaced. */

type Document =
  | 'video-api-usage-examples.88api'
  | 'video-api-usage-examples.zhaotou'
  | 'video-generation-interface.newapi'
  | 'cloudsway-maas-kl'

/** A document's text with the server's address and a real key in the places of the published ones. */
export function readDocument(name: Document, { url, key }: { url: string; key: string }): string {
  return readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8')
    .replaceAll(/https:\/\/(88api\.ai|zhaotouai\.com|你的newapi服务器地址|genaiapi\.cloudsway\.net)/g, url)
    .replaceAll('sk-xxxx', key)
    .replaceAll("'Authorization: '", `'Authorization: Bearer ${key}'`)
    .replaceAll(/Bearer (xxx|XXX|RWxxxxxxxx0Gd)(?=['"])/g, `Bearer ${key}`)
}

/** The functions and classes of a document, by name. */
export function declarationsIn(text: string): Map<string, string> {
  const found = text.matchAll(/^(?:async function|class) ([^\s({]+)[\s\S]*?^}$/gm)
  return new Map([...found].map(([code, name]) => [name!, code]))
}

/** The curl commands of a document; one ends where a line neither continues nor leaves a quote open. */
export function commandsIn(text: string): string[] {
  const commands: string[] = []
  let open: string | null = null
  for (const line of text.split('\n')) {
    if (open === null && !line.startsWith('curl ')) continue
    const soFar: string = open === null ? line : `${open}\n${line}`
    open = isWhole(soFar) ? null : soFar
    if (open === null) commands.push(soFar)
  }
  if (open !== null) throw new Error(`a command does not end: ${open}`)
  return commands
}

const isWhole = (command: string) => {
  const rest = command.replaceAll(/'[^']*'|"[^"]*"/g, '')
  return !/['"]/.test(rest) && !rest.endsWith('\\')
}

/** The JSON answers that a document shows, without their comments. A block starts on a line of its own. */
export function answersIn(text: string): unknown[] {
  const lines = text.split('\n').map(line => line.replace(/\/\/.*$/, '').trim())
  const blocks: string[] = []
  let depth = 0
  for (const line of lines) {
    if (depth === 0 && line !== '{') continue
    if (depth === 0) blocks.push('')
    blocks[blocks.length - 1] += line
    depth += line.split(/[{[]/).length - line.split(/[}\]]/).length
  }
  return blocks.map(block => JSON.parse(block.replaceAll(/,(?=[}\]])/g, '')))
}

/** What an answer lacks of a documented one: absent fields, and fields of another type. A documented null may hold anything. */
export function missingFrom(answer: unknown, documented: unknown, path = ''): string[] {
  if (documented === null) return answer === undefined ? [`${path} is absent`] : []
  const [is, should] = [typeOf(answer), typeOf(documented)]
  if (is !== should) return [`${path} is ${is}, not ${should}`]
  if (should !== 'object' && should !== 'array') return []
  return Object.entries(documented as object).flatMap(([name, value]) =>
    // true because both are objects or both arrays by now
    missingFrom((answer as Record<string, unknown>)[name], value, path ? `${path}.${name}` : name)
  )
}

function typeOf(value: unknown): string {
  if (value === undefined) return 'absent'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** A file that a page offered to save. */
interface Saved {
  name: string
  blob: Blob
}

/** A browser page with a document's code on it. `sleep` stands for setTimeout, `now` for the clock. */
export function openPage(
  declarations: Map<string, string>,
  { sleep, now }: { sleep(milliseconds: number): Promise<void>; now(): number }
) {
  const logs: unknown[][] = []
  const errors: unknown[][] = []
  const saved: Saved[] = []
  const blobs = new Map<string, Blob>()
  const sandbox = createContext({
    fetch,
    now,
    console: { log: (...line: unknown[]) => logs.push(line), error: (...line: unknown[]) => errors.push(line) },
    setTimeout: (resume: () => void, milliseconds: number) => void sleep(milliseconds).then(resume),
    URL: {
      createObjectURL(blob: Blob) {
        const url = `blob:${blobs.size}`
        blobs.set(url, blob)
        return url
      },
      revokeObjectURL: (url: string) => blobs.delete(url)
    },
    document: {
      createElement: () => ({
        href: '',
        download: '',
        click() {
          saved.push({ name: this.download, blob: blobs.get(this.href)! })
        }
      })
    }
  })
  runInContext('Date.now = now', sandbox)
  for (const [name, code] of declarations) runInContext(code, sandbox, { filename: name })
  return {
    logs,
    errors,
    saved,
    /** Evaluates an expression on the page. What it gives is of the page's own realm. */
    run: (expression: string) => runInContext(expression, sandbox)
  }
}

interface Answered {
  status: number
  body: ReturnType<typeof JSON.parse>
}

const run = promisify(execFile)

/** Runs a document's command with the real curl. */
export async function withCurl(command: string): Promise<Answered> {
  const { stdout } = await run('sh', ['-c', `${command} --silent --show-error --write-out '\\n%{http_code}'`], {
    env: { PATH: process.env.PATH, NO_PROXY: '*' }
  })
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) }
}

/** Whether this machine has a curl to run. */
export const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false
)

/** Reads a document's command as curl would and sends it with fetch. */
export async function withFetch(command: string): Promise<Answered> {
  const { url, method, headers, body } = readCommand(command)
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, body: await response.json() }
}

/** What a curl command asks for. Throws on an option that no document uses. */
export function readCommand(command: string) {
  const [, ...words] = [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare!
  )
  const headers: [string, string][] = []
  let url = ''
  let asked: string | undefined
  let body: string | undefined
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--location') continue
    if (word === '-X' || word === '--request') asked = words.shift()
    else if (word === '-d' || word === '--data') body = words.shift()
    else if (word === '-H' || word === '--header') {
      const [name = '', ...value] = words.shift()!.split(':')
      headers.push([name, value.join(':').trim()])
    } else if (word.startsWith('-')) throw new Error(`curl ${word} is not known here`)
    else url = word
  }
  // curl's own rule: a body makes it a POST
  return { url, method: asked ?? (body === undefined ? 'GET' : 'POST'), headers, body }
}
