import { expect, onTestFinished, test } from 'vitest'
import { Agent } from 'undici'
import { openAnswer } from '../../src/upstream/open-answer.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { serveHttp } from './servers.ts'

test('an answer that is cut off before anybody reads it ends nothing, and fails whoever reads it then', async () => {
  const { origin } = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-length': 9999 }).write('some', () => response.destroy())
  })
  const agent = new Agent()
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  onTestFinished(async () => {
    process.off('uncaughtException', note)
    await agent.destroy()
  })

  const outgoing = { url: new URL(origin), method: 'POST', headers: {}, body: null } as const
  const { body } = await openAnswer(agent, outgoing, { headersMs: 5000, bodyMs: 5000 })
  if (!body.closed) await new Promise(resolve => body.on('close', resolve))
  expect(uncaught).toEqual([])
  await expect(body.toArray()).rejects.toBeInstanceOf(UpstreamError)
})
