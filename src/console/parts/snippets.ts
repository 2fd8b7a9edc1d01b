import { addressOf } from '../api/client.ts'
import type { Snippet } from './code.tsx'

/** A create request, as the unified API takes it. */
export interface Asked {
  model: string
  prompt: string
  duration?: number
  size?: string
  metadata?: Record<string, unknown>
  [field: string]: unknown
}

/** Returns the same request in four languages, with this gateway's real address. `secret`: the key, if it is known; else the variable REELAY_KEY. */
export function snippetsOf(asked: Asked, secret?: string): Snippet[] {
  return [
    { name: 'curl', label: 'curl', syntax: 'shell', text: curl(asked, secret) },
    { name: 'javascript', label: 'JavaScript', syntax: 'javascript', text: javascript(asked, secret) },
    { name: 'python', label: 'Python', syntax: 'python', text: python(asked, secret) },
    { name: 'cli', label: 'CLI', syntax: 'shell', text: commandLine(asked, secret) }
  ]
}

const gateway = () => addressOf('').replace(/\/+$/, '')

function curl(asked: Asked, secret = '$REELAY_KEY'): string {
  const body = JSON.stringify(asked, null, 2).replaceAll('\n', '\n  ').replaceAll("'", `'\\''`)
  return `curl ${gateway()}/v1/video/generations \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`
}

/** What OpenAI's SDKs call by other names; everything else is passed as it is. */
function forSdk({ duration, ...same }: Asked) {
  return { ...same, ...(duration !== undefined && { seconds: String(duration) }) }
}

function javascript(asked: Asked, secret?: string): string {
  const fields = Object.entries(forSdk(asked)).map(([name, value]) => `  ${name}: ${literal(value)}`)
  return `import { writeFile } from 'node:fs/promises'
import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${gateway()}/v1',
  apiKey: ${secret === undefined ? 'process.env.REELAY_KEY' : `'${secret}'`}
})

let video = await client.videos.create({
${fields.join(',\n')}
})
while (video.status === 'queued' || video.status === 'in_progress') {
  await new Promise(resolve => setTimeout(resolve, 2000))
  video = await client.videos.retrieve(video.id)
}
if (video.status === 'failed') throw new Error(video.error.message)

const file = await client.videos.downloadContent(video.id)
await writeFile('video.mp4', Buffer.from(await file.arrayBuffer()))`
}

function python(asked: Asked, secret?: string): string {
  const { model, prompt, size, seconds, ...others } = forSdk(asked)
  const named = Object.entries({ model, prompt, seconds, size }).filter(([, value]) => value !== undefined)
  const fields = named.map(([name, value]) => `    ${name}=${JSON.stringify(value)},`)
  // the SDK knows OpenAI's fields only
  if (Object.keys(others).length) fields.push(`    extra_body=${pythonLiteral(others)},`)
  return `import os
from openai import OpenAI

client = OpenAI(
    base_url="${gateway()}/v1",
    api_key=${secret === undefined ? 'os.environ["REELAY_KEY"]' : `"${secret}"`},
)

video = client.videos.create_and_poll(
${fields.join('\n')}
)
if video.status == "failed":
    raise RuntimeError(video.error.message)

client.videos.download_content(video.id).write_to_file("video.mp4")`
}

function commandLine({ model, prompt, duration, size }: Asked, secret = 'sk-…'): string {
  const options = [
    `-m ${quoted(model)}`,
    ...(duration === undefined ? [] : [`--seconds ${duration}`]),
    ...(size === undefined ? [] : [`--size ${size}`]),
    '-o video.mp4'
  ]
  return `export REELAY_URL="${gateway()}"
export REELAY_KEY="${secret}"

reelay generate ${quoted(prompt)} \\
  ${options.join(' \\\n  ')}`
}

/** For a shell: nothing in single quotes means anything. */
const quoted = (text: string) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

function literal(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** JSON, with the three words that Python writes with a capital. */
function pythonLiteral(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}: ${pythonLiteral(inner)}`)
    .join(', ')}}`
}
