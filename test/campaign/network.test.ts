import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { seeded } from '../support/seeded.ts'
import { startTestServer } from '../support/server.ts'

/* X2: the network between a node and its PostgreSQL is cut in the middle of commits, before or after the server has them. */

const CUTS = Number(process.env.CUTS ?? 15)
const SEED = Number(process.env.SEED ?? 5)

test(
  `X2: ${CUTS} connections cut in mid-commit, seed ${SEED}: nothing lost, nothing twice`,
  { timeout: 3_600_000 },
  async () => {
    const random = seeded(SEED)
    const fresh = await freshUrl('postgres')
    const proxy = await startProxy(new URL(fresh.url), random)
    const vendor = await startFakeCloudsway()
    vendor.onPoll = () => 'succeed'
    const address = new URL(fresh.url)
    address.port = String(proxy.port)
    const server = await startTestServer({ env: { DATABASE_URL: address.href, RECONCILE_AFTER_MS: '3000' } })
    await server.call('POST', '/admin/channels', vendor.channel({ max_concurrency: 50 }))

    const acknowledged = new Map<string, string>()
    let asked = 0
    proxy.cut = 0.1
    while (proxy.cuts.before + proxy.cuts.after < CUTS) {
      await Promise.all(Array.from({ length: 4 }, () => createUntilAnswered(`prompt ${++asked}`)))
      await server.advance(1000)
    }
    proxy.cut = 0

    async function createUntilAnswered(prompt: string) {
      for (let tries = 0; tries < 50; tries++) {
        const { status, body } = await server.call(
          'POST',
          '/openai/v1/videos',
          { model: 'kling-v1', prompt },
          { headers: { 'idempotency-key': prompt } }
        )
        if (status === 200) return void acknowledged.set(prompt, body.id)
        // 409: the first try's task waits for its submit to be settled
        expect([503, 409]).toContain(status)
        // what a client would wait for: leases and settle windows that run out
        await server.advance(5000)
      }
      throw new Error(`${prompt} is never answered`)
    }

    const ended = new Map<string, number>()
    for (const id of acknowledged.values()) {
      const { status } = await server.finished(id)
      ended.set(status, (ended.get(status) ?? 0) + 1)
    }
    console.info(JSON.stringify({ seed: SEED, cuts: proxy.cuts, tasks: acknowledged.size, ended: [...ended] }))
    expect([...ended.keys()]).toEqual(['completed'])
    expect(new Set(acknowledged.values()).size).toBe(acknowledged.size)
    const prompts = [...vendor.tasks.values()].map(({ body }) => body.prompt)
    expect(new Set(prompts).size).toBe(prompts.length)
    const { body } = await server.call('GET', '/admin/channels')
    expect(body.data[0].in_flight).toBe(0)
    expect(Math.min(proxy.cuts.before, proxy.cuts.after)).toBeGreaterThan(0)

    await server.close()
    await proxy.close()
    await fresh.close()
    await vendor.close()
  }
)

/** Forwards to PostgreSQL; of the chunks that carry a COMMIT it cuts the connection at, a part gets through and its answer does not. */
async function startProxy(target: URL, random: () => number) {
  const sockets = new Set<Socket>()
  const proxy = { port: 0, cut: 0, cuts: { before: 0, after: 0 }, close: async () => {} }
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    }
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    upstream.on('data', chunk => client.write(chunk))
    client.on('data', chunk => {
      if (!/commit/i.test(chunk.toString('latin1')) || random() >= proxy.cut) return void upstream.write(chunk)
      if (random() < 0.5) {
        proxy.cuts.before++
        client.destroy()
      } else {
        proxy.cuts.after++
        upstream.removeAllListeners('data')
        upstream.once('data', () => client.destroy())
        upstream.write(chunk)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  proxy.port = (server.address() as AddressInfo).port // it listens on TCP
  proxy.close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(() => resolve()))
  }
  return proxy
}
