import type { FastifyRequest } from 'fastify'
import type { Dialect, KeyDialect, Task } from '../../db/index.ts'

/* One object, two vocabularies: only the words in `status` differ (api.md §3). */

export type Words = 'openai' | 'unified'

/** Our states in the words of each format. */
const words = {
  unified: { queued: 'processing', in_progress: 'processing', completed: 'succeeded', failed: 'failed' },
  openai: { queued: 'queued', in_progress: 'in_progress', completed: 'completed', failed: 'failed' }
} as const satisfies Record<Words, Record<Task['status'], string>>

/** A state in the words of a format. */
export const statusWord = (status: Task['status'], of: Words) => words[of][status]

// official SDKs name themselves: OpenAI/JS 7.57.0, AsyncAzureOpenAI/Python 3.3.1, OpenAIClientImpl/Java, OpenAI::Client/Ruby, app OpenAI/2.1.0 (.NET)
const sdkAgent =
  /(^|\s)(((Async)?(Azure)?OpenAI|OpenAIClient(Async)?Impl|OpenAI::Client)\/(JS|Python|Go|Java|Ruby)\b|OpenAI\/\d)/

// programs that speak OpenAI's format without its SDK, and say who they are in the User-Agent
const openaiPrograms = /\b(n8n|lobe-?(chat|hub)|litellm|bifrost)\b/i

/** The vocabulary of a request: its path, else its key, else its client, else the server's setting. */
export function wordsFor(
  request: FastifyRequest,
  keyDialect: KeyDialect,
  fallback: Dialect,
  // the route, not the text of the URL: that may be written in many ways. Fastify makes an object of twelve fields to say it.
  route = request.routeOptions.url ?? ''
): Words {
  if (route.includes('/video/generations')) return 'unified'
  if (route.startsWith('/openai/')) return 'openai'
  if (keyDialect !== 'auto' && keyDialect !== 'newapi') return keyDialect
  if (speaksOpenai(request.headers)) return 'openai'
  return fallback === 'auto' ? 'unified' : fallback
}

function speaksOpenai(headers: FastifyRequest['headers']): boolean {
  if (headers['x-stainless-lang'] !== undefined) return true
  for (const name in headers) if (name.startsWith('x-stainless-')) return true
  const agent = headers['user-agent'] ?? ''
  return sdkAgent.test(agent) || openaiPrograms.test(agent)
}
