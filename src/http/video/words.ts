import type { FastifyRequest } from 'fastify'
import type { Dialect, KeyDialect } from '../../db/index.ts'
import type { Words } from '../../fronts/unified/words.ts'

/* Which of the two documented formats a request is answered in. */

// User-Agents of the official SDKs: OpenAI/JS 7.57.0, AsyncAzureOpenAI/Python 3.3.1, OpenAIClientImpl/Java, OpenAI::Client/Ruby, app OpenAI/2.1.0 (.NET)
const sdkAgent =
  /(^|\s)(((Async)?(Azure)?OpenAI|OpenAIClient(Async)?Impl|OpenAI::Client)\/(JS|Python|Go|Java|Ruby)\b|OpenAI\/\d)/

// programs that speak OpenAI's format without its SDK, and say who they are in the User-Agent
const openaiPrograms = /\b(n8n|lobe-?(chat|hub)|litellm|bifrost)\b/i

/** Returns the words for a request: by its path, else its key, else its client, else the server's setting. */
export function wordsFor(
  request: FastifyRequest,
  keyDialect: KeyDialect,
  fallback: Dialect,
  // the route, because a URL can be written in many ways; reading `routeOptions` makes Fastify build an object of twelve fields
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
