import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/** A server with a vendor behind it, for the tests of one front's clients. `models`: public names, all of one model of the vendor. */
export function frontWorld(models: readonly string[] = [], env: Record<string, string> = {}) {
  const vendor = forAllTests(startFakeCloudsway)
  const names = Object.fromEntries(['kling-v1', ...models].map(name => [name, 'kling-v1']))
  const server = forAllTests(() => startTestServer({ channel: vendor.channel({ models: names }), env }))

  return {
    vendor,
    server,
    /** what the vendor was sent last */
    submitted: () => vendor.submits.at(-1)!.body,

    /** A fetch that lets time pass before each look at a task. `looks`: whether a request is one; GETs are. */
    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      const url = input instanceof Request ? input.url : String(input)
      const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
      if (method === 'GET' || url.endsWith('/status')) await server.advance(5000)
      return fetch(input, init)
    },

    /** Lets the vendor fail what it makes while `work` runs. */
    async failing<T>(work: () => Promise<T>, reason = 'the generation failed'): Promise<T> {
      const [onPoll, before] = [vendor.onPoll, vendor.reason]
      vendor.onPoll = () => 'failed'
      vendor.reason = reason
      try {
        return await work()
      } finally {
        vendor.onPoll = onPoll
        vendor.reason = before
      }
    },

    /** Lets time pass until `done`, for clients that wait for one long answer. */
    async until<T>(done: Promise<T>): Promise<T> {
      let isOver = false
      const over = done.finally(() => (isOver = true))
      over.catch(() => {})
      while (!isOver) {
        await server.advance(5000)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      return over
    },

    /** The first bytes of what a link leads to: a film, or not. */
    play: async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())
  }
}
