import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { expectBalanced, expectPaidOnce } from '../flow/afterwards.ts'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { seeded } from '../support/seeded.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startBalancer } from './balancer.ts'
import { addChannel, createFleet, endsOf } from './nodes.ts'

/* R11: two nodes behind a balancer, each stopped (SIGTERM) and started again in turn, while clients create and poll. */

const RESTARTS = Number(process.env.RESTARTS ?? 2)
const CLIENTS = 8
const BUDGET_MS = 60_000

describe.each([
  { how: 'a connection for each request', keepAlive: false, seed: 31 },
  { how: 'kept connections', keepAlive: true, seed: 32 }
])('two nodes behind a balancer with $how', ({ keepAlive, seed }) => {
  const timeout = 60_000 + RESTARTS * 30_000
  test(`R11: ${RESTARTS} restarts, and no client's request fails`, { timeout }, async () => {
    const random = seeded(seed)
    const { url, close } = await freshUrl('postgres')
    const vendor = await startFakeCloudsway()
    vendor.onSubmit = async (): Promise<'accept'> => {
      await sleep(random() * 600)
      return 'accept'
    }
    const fleet = createFleet(url, { DRAIN_DELAY_MS: '2000' })
    const nodes = [await fleet.start()]
    await addChannel(nodes[0]!.url, vendor, {})
    nodes.push(await fleet.start())
    const balancer = await startBalancer(nodes, { checkMs: 250, keepAlive })
    await expect.poll(() => nodes.every(node => balancer.isReady(node.url)), { timeout: 10_000 }).toBe(true)

    let stopped = false
    let requests = 0
    let serial = 0
    const failed: string[] = []
    const ids: string[] = []
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
    const ask = async (method: string, path: string, body?: object) => {
      requests++
      const response = await fetch(balancer.url + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) })
      })
      const text = await response.text()
      if (response.status !== 200) failed.push(`${method} ${path}: ${response.status} ${text}`)
      // true because every answer to this is a video or an error
      return (response.status === 200 ? JSON.parse(text) : {}) as { id?: string; status?: string }
    }
    const clients = Array.from({ length: CLIENTS }, async (_, n) => {
      while (!stopped) {
        const { id } = await ask('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: `prompt ${++serial}` })
        if (id === undefined) continue
        ids.push(id)
        // half of them look again and again, the others wait for it
        for (let looks = 0; looks < 5 && !stopped; looks++) {
          const { status } = await ask('GET', `/openai/v1/videos/${id}${n % 2 ? '?wait=2' : ''}`)
          if (status === 'completed') break
          await sleep(random() * 200)
        }
      }
    })

    const stops: number[] = []
    for (let n = 0; n < RESTARTS; n++) {
      await sleep(300 + random() * 500)
      const node = nodes[n % 2]!
      const began = performance.now()
      node.child.kill('SIGTERM')
      await node.exited
      stops.push(Math.round(performance.now() - began))
      expect(node.child.exitCode, node.output()).toBe(0)
      const next = await fleet.start()
      nodes[n % 2] = next
      await expect.poll(() => balancer.isReady(next.url), { timeout: 10_000 }).toBe(true)
    }
    stopped = true
    await Promise.all(clients)
    const ended = await endsOf(balancer.url, ids, 120)
    console.info(
      JSON.stringify({
        keepAlive,
        seed,
        restarts: RESTARTS,
        requests,
        tasks: ids.length,
        failed: failed.length,
        stops,
        ended
      })
    )

    expect({ failed, problems: balancer.problems }).toEqual({ failed: [], problems: [] })
    expect(ended).toEqual({ completed: ids.length })
    expect(Math.max(...stops)).toBeLessThan(BUDGET_MS)
    expect(vendor.aborted()).toBe(0)
    expectPaidOnce(vendor)

    for (const node of nodes) {
      node.child.kill('SIGTERM')
      await node.exited
      expect(node.child.exitCode, node.output()).toBe(0)
    }
    await balancer.close()
    const database = await openDatabase(url)
    await expectBalanced(database)
    await database.close()
    fleet.clean()
    await vendor.close()
    await close()
  })
})
