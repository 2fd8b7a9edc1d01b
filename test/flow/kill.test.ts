import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { spawnServer } from '../support/process.ts'
import { seeded } from '../support/seeded.ts'
import { ADMIN_KEY } from '../support/server.ts'

/* kill -9 at named points and at random moments, restart, again: every acknowledged task goes on, nothing is submitted twice. */

const KILLS = Number(process.env.KILLS ?? 105)
const SETTLE_MS = 1500
const SLOWEST_ACCEPT_MS = 700
const points = ['created', 'before-send', 'after-send', 'bound', 'polled', 'ended'] as const

describe.concurrent.each(kinds)('%s', kind => {
  test(`${KILLS} kills lose no task and pay none twice`, { timeout: Math.max(400_000, KILLS * 10_000) }, async () => {
    const random = seeded(kind === 'sqlite' ? 11 : 12)
    const vendor = await startFakeCloudsway()
    vendor.onSubmit = async () => {
      if (random() < 0.15) await sleep(random() * SLOWEST_ACCEPT_MS)
      return random() < 0.15 ? 'drop after accept' : 'accept'
    }
    vendor.onPoll = () => 'succeed'
    const folder = mkdtempSync(join(tmpdir(), 'reelay-kill-'))
    const { url: DATABASE_URL, drop } = await freshUrl(kind)
    const env = {
      DATA_DIR: folder,
      DATABASE_URL,
      ADMIN_KEY,
      OUTBOUND_ALLOW: '127.0.0.0/8',
      SANDBOX: 'off',
      ARCHIVE_URL: 'off',
      SUBMIT_SETTLE_MS: String(SETTLE_MS),
      LOG_LEVEL: 'fatal'
    }
    const acknowledged: string[] = []
    const killed: Record<string, number> = { random: 0 }

    await setUp(env, vendor)
    for (let n = 0; n < KILLS; n++) {
      const point = n % 2 ? points[(n >> 1) % points.length]! : null
      const server = await spawnServer({
        ...env,
        ...(point && { FAIL_POINT: `${point}:0.${3 + Math.floor(random() * 6)}` })
      })
      let how: string = point ?? 'random'
      const kill = () => {
        how = 'random'
        server.child.kill('SIGKILL')
      }
      // a life is counted in answers, not in time: slow machines let it do as much as fast ones
      let answers = Math.floor(random() * 5)
      const onAnswer = () => {
        if (point === null && answers-- <= 0) setTimeout(kill, random() * 30)
      }
      // a point that is not passed by ends the life too: polls come two seconds after a submit
      const timer = setTimeout(kill, point === 'polled' || point === 'ended' ? 2500 : 1500)
      const clients = Array.from({ length: 3 }, () => createUntilDead(server.url, acknowledged, onAnswer))
      await server.exited
      clearTimeout(timer)
      await Promise.all(clients)
      killed[how] = (killed[how] ?? 0) + 1
    }

    const survivor = await spawnServer(env)
    const ended = await waitForAll(survivor.url, acknowledged)
    survivor.child.kill('SIGTERM')
    await survivor.exited

    const perId = Map.groupBy(vendor.submits, ({ externalId }) => externalId)
    const twice = [...perId].filter(([, submits]) => submits.length > 1).map(([id]) => id)
    const twins = Map.groupBy(vendor.tasks.values(), ({ body }) => String(body.prompt))
    const paidTwice = [...twins].filter(([, tasks]) => tasks.length > 1).map(([prompt]) => prompt)
    expect({ twice, paidTwice }).toEqual({ twice: [], paidTwice: [] })
    expect(acknowledged.length).toBeGreaterThan(KILLS)
    expect(Object.entries(ended).filter(([, status]) => status !== 'completed')).toEqual([])
    expect(
      points.filter(point => !killed[point]),
      `killed ${JSON.stringify(killed)}`
    ).toEqual([])

    await vendor.close()
    await drop()
    rmSync(folder, { recursive: true, force: true })
  })
})

const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }

async function setUp(env: { DATA_DIR: string }, vendor: FakeCloudsway) {
  const server = await spawnServer(env)
  const response = await fetch(`${server.url}/admin/channels`, {
    method: 'POST',
    headers,
    body: JSON.stringify(vendor.channel({ max_concurrency: 50 }))
  })
  expect(response.status).toBe(201)
  server.child.kill('SIGKILL')
  await server.exited
}

let serial = 0

/** Creates tasks one after another until the server is gone; notes the acknowledged ones. */
async function createUntilDead(url: string, acknowledged: string[], onAnswer: () => void) {
  for (;;) {
    try {
      const body = JSON.stringify({ model: 'kling-v1', prompt: `task ${++serial}` })
      const response = await fetch(`${url}/openai/v1/videos`, { method: 'POST', headers, body })
      const { id } = (await response.json()) as { id?: string }
      if (response.status === 200 && id) acknowledged.push(id)
      onAnswer()
      await sleep(100)
    } catch {
      return
    }
  }
}

async function waitForAll(url: string, ids: readonly string[]): Promise<Record<string, string>> {
  const ended: Record<string, string> = {}
  for (let tries = 0; tries < 1200 && Object.keys(ended).length < ids.length; tries++) {
    for (const id of ids) {
      if (ended[id]) continue
      const response = await fetch(`${url}/openai/v1/videos/${id}`, { headers })
      const { status } = (await response.json()) as { status: string }
      if (status === 'completed' || status === 'failed') ended[id] = status
    }
    await sleep(100)
  }
  for (const id of ids) ended[id] ??= 'not ended'
  return ended
}
