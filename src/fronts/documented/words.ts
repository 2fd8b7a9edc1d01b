import type { FrontVideo, WireRequest } from '../front.ts'

/* One object in two formats, which differ only in the words of `status` (api.md §3). */

export type Words = 'openai' | 'unified'

type StatusWords = Readonly<Record<FrontVideo['status'], string>>

/** Our statuses in the words of each format. */
const words = {
  unified: { queued: 'processing', in_progress: 'processing', completed: 'succeeded', failed: 'failed' },
  // which are our own
  openai: { queued: 'queued', in_progress: 'in_progress', completed: 'completed', failed: 'failed' }
} as const satisfies Record<Words, StatusWords>

/** Returns a status in the words of a format. */
export const statusWord = (status: FrontVideo['status'], of: Words) => words[of][status]

/** Returns the words for a request: by its path, else its key, else its client, else the server's setting. `path`: that of the route. */
export function wordsFor(
  { headers, keyDialect, serverDialect }: Pick<WireRequest, 'headers' | 'keyDialect' | 'serverDialect'>,
  path: string
): Words {
  if (path.includes('/video/generations')) return 'unified'
  if (path.startsWith('/openai/')) return 'openai'
  if (keyDialect !== 'auto' && keyDialect !== 'newapi') return keyDialect
  if (speaksOpenai(headers)) return 'openai'
  return serverDialect === 'auto' ? 'unified' : serverDialect
}

// User-Agents of the official SDKs: OpenAI/JS 7.57.0, AsyncAzureOpenAI/Python 3.3.1, OpenAIClientImpl/Java, OpenAI::Client/Ruby, app OpenAI/2.1.0 (.NET)
const sdkAgent =
  /(^|\s)(((Async)?(Azure)?OpenAI|OpenAIClient(Async)?Impl|OpenAI::Client)\/(JS|Python|Go|Java|Ruby)\b|OpenAI\/\d)/

// programs that speak OpenAI's format without its SDK, and say who they are in the User-Agent
const openaiPrograms = /\b(n8n|lobe-?(chat|hub)|litellm|bifrost)\b/i

function speaksOpenai(headers: WireRequest['headers']): boolean {
  if (headers['x-stainless-lang'] !== undefined) return true
  for (const name in headers) if (name.startsWith('x-stainless-')) return true
  const agent = headers['user-agent'] ?? ''
  return typeof agent === 'string' && (sdkAgent.test(agent) || openaiPrograms.test(agent))
}
