import * as openai7 from 'openai'
import * as openai6 from 'openai6'
import type { TestServer } from '../support/server.ts'

type Package = typeof openai7

/** The two majors of OpenAI's Node SDK that people run. */
export const versions: { version: string; sdk: Package }[] = [
  { version: '7.57.0', sdk: openai7 },
  // true of everything used here: the video resource and the error classes have the same signatures in both
  { version: '6.49.0', sdk: openai6 as unknown as Package }
]

/** What went over the wire, in order. */
export interface Sent {
  method: string
  path: string
  headers: Headers
  status: number
  answer: Headers
}

/** A fetch for the SDK that writes down what was sent, and may lose answers on the way back. */
export function watchedFetch({ loses = () => false }: { loses?(nth: number): boolean } = {}) {
  const sent: Sent[] = []
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    // the SDK's test of whether this fetch takes forms
    if (String(input).startsWith('data:')) return response
    const { pathname, search } = new URL(String(input))
    const headers = new Headers(init?.headers)
    sent.push({
      method: init?.method ?? 'GET',
      path: pathname + search,
      headers,
      status: response.status,
      answer: response.headers
    })
    if (!loses(sent.length)) return response
    await response.body?.cancel()
    throw new TypeError('the connection was cut')
  }
  return { sent, fetch: watched }
}

/** Settings of a client of this server, as its users write them. */
export const at = (server: TestServer, apiKey: string) => ({ apiKey, baseURL: `${server.url}/v1` })
