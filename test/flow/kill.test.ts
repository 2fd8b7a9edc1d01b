import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import type { Checkpoint } from '../../src/lib/checkpoint.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { ADMIN_KEY, environment } from '../support/environment.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { filmOf } from '../support/film.ts'
import { startFakeVidu, type FakeVidu } from '../support/fake-vidu.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall, spawnServer } from '../support/process.ts'
import { seeded } from '../support/seeded.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { expectBalanced, expectKept, expectPaidOnce, expectTold, untilAtRest } from './afterwards.ts'

/* kill -9 at named points, by what others see, and at random moments; restart, again: every acknowledged task goes on, nothing is paid twice. Where a
   vendor can be asked what became of a submit, every task completes; where it cannot, what is in doubt is said to be. */

const KILLS = Number(process.env.KILLS ?? 18)
// a starved machine takes its time between the intent and the vendor's yes
const RECONCILE_MS = 4000
const SLOWEST_ACCEPT_MS = 700
const LONGEST_LIFE_MS = 20_000

/** checkpoints, where a process kills itself, and how long a life waits for one after its first answer: what follows a poll comes two seconds after a submit */
const inside: Record<Checkpoint, number> = {
  created: 1500,
  'before-send': 1500,
  'after-send': 1500,
  bound: 1500,
  claimed: 3000,
  polled: 3000,
  ended: 3000,
  archived: 4000,
  delivered: 4000
}
/** moments that others see: it dies before it hears their answer */
const outside = { 'vendor accepted': 1500, 'half a file': 4000, 'webhook heard': 4000 }
const points = Object.entries({ ...inside, ...outside })
const isInside = (point: string): point is Checkpoint => point in inside

describe.concurrent.each(kinds)('%s', kind => {
  const timeout = Math.max(600_000, KILLS * 20_000)
  test(`${KILLS} kills lose no task and pay none twice`, { timeout }, async ({ onTestFinished }) => {
    const random = seeded(kind === 'sqlite' ? 11 : 12)
    const killed: Record<string, number> = Object.fromEntries([['random', 0], ...points.map(([name]) => [name, 0])])
    let strike = (_point: keyof typeof outside) => false

    const vendor = await startFakeCloudsway()
    vendor.onSubmit = async () => {
      if (strike('vendor accepted')) return 'drop after accept'
      if (random() < 0.15) await sleep(random() * SLOWEST_ACCEPT_MS)
      return random() < 0.15 ? 'drop after accept' : 'accept'
    }
    const mute = await startFakeVidu(fileOf)
    mute.onSubmit = async () => {
      if (strike('vendor accepted')) return 'drop after accept'
      return random() < 0.3 ? 'drop after accept' : 'accept'
    }
    vendor.onPoll = () => 'succeed'
    vendor.onFile = (request, reply) => {
      const file = fileOf(/(up-\d+)\.mp4/.exec(request.url)![1]!)
      if (!strike('half a file')) return reply.type('video/mp4').send(file)
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'video/mp4', 'content-length': file.length })
      reply.raw.write(file.subarray(0, file.length / 2), () => reply.raw.destroy())
      return reply
    }
    const receiver = await startReceiver(onTestFinished)
    receiver.onPost = () => (strike('webhook heard') ? response => response.destroy() : 200)

    const folder = makeFolder('kill')
    const { url: DATABASE_URL, close } = await freshUrl(kind)
    const env = {
      ...environment,
      ARCHIVE_URL: '',
      DATA_DIR: folder.path,
      DATABASE_URL,
      RECONCILE_AFTER_MS: String(RECONCILE_MS),
      LOG_LEVEL: 'fatal',
      // no ffmpeg: these files have no first frame, and looking for it takes a second each
      PATH: '/nonexistent'
    }
    const acknowledged: string[] = []

    await setUp(env, { vendor, mute }, receiver.url)
    const began = Date.now()
    const least = Math.max(1, Math.floor(KILLS / 48))
    const lives = Array.from({ length: KILLS }, (_, n) =>
      n % 3 ? points[(n - Math.ceil(n / 3)) % points.length]! : ([null, 1500] as const)
    )
    for (const [n, life] of lives.entries()) {
      const [point, patience] = life
      const chance = 0.3 + random() * 0.5
      const named = point !== null && isInside(point)
      const server = await spawnServer(env, named ? { at: point, chance } : undefined)
      let how: string = named ? point : 'random'
      const kill = (why: string) => {
        how = why
        server.child.kill('SIGKILL')
      }
      strike = seen => {
        const struck = seen === point && random() < chance
        if (struck) kill(seen)
        return struck
      }
      // a life is counted in answers, not in time: slow machines let it do as much as fast ones
      let timer: NodeJS.Timeout | undefined
      let answers = Math.floor(random() * 5)
      const onAnswer = () => {
        // a point that is not passed by ends the life too
        timer ??= setTimeout(kill, patience, 'random')
        if (point === null && answers-- <= 0) setTimeout(kill, random() * 30, 'random')
      }
      const tooLong = setTimeout(kill, LONGEST_LIFE_MS, 'random')
      const clients = Array.from({ length: 3 }, () => createUntilDead(server.url, acknowledged, onAnswer))
      await server.exited
      clearTimeout(timer)
      clearTimeout(tooLong)
      strike = () => false
      await Promise.all(clients)
      killed[how]!++
      // chance, or a slow machine, may pass a point by
      const isLast = lives.lastIndexOf(life) === n && lives.length < KILLS + 3 * points.length
      if (point !== null && isLast && killed[point]! < least) lives.push(life)
    }

    const lived = Date.now()
    const survivor = await spawnServer(env)
    const database = await openDatabase(DATABASE_URL)
    await untilAtRest(database, 180 + KILLS / 2)
    survivor.child.kill('SIGTERM')
    await survivor.exited
    console.info(
      JSON.stringify({
        kind,
        kills: lives.length,
        acknowledged: acknowledged.length,
        mute: { submits: mute.submits.length, accepted: mute.tasks.size },
        livesMs: lived - began,
        restMs: Date.now() - lived,
        killed
      })
    )

    expectPaidOnce(vendor)
    // a busy machine makes fewer between two kills
    expect(acknowledged.length).toBeGreaterThan(KILLS / 2)
    const { db, tasks } = database
    const { id, model, status, errorCode, crashCount, tries } = tasks
    const rows = await db.select({ id, model, status, errorCode, crashCount, tries }).from(tasks)
    const completed = new Set(rows.filter(({ status }) => status === 'completed').map(({ id }) => id))
    const doubtful = rows.filter(row => row.model === 'mute' && row.errorCode === 'submit_outcome_unknown')
    const owed = rows.filter(row => acknowledged.includes(row.id) || row.model === 'mute')
    const lost = owed.filter(row => !completed.has(row.id) && !doubtful.includes(row))
    expect(lost).toEqual([])
    // never sent again, and every one that the vendor has is either here or in doubt
    expect(new Set(mute.submits).size).toBe(mute.submits.length)
    expect(
      rows.filter(row => row.model === 'mute' && (completed.has(row.id) || doubtful.includes(row))).length
    ).toBeGreaterThanOrEqual(mute.tasks.size)
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    await expectBalanced(database)
    await expectKept(database, folder.path, fileOf)
    expectTold(receiver.received, [...completed])
    expect(
      points.filter(([name]) => killed[name]! < least),
      `killed ${JSON.stringify(killed)}`
    ).toEqual([])

    await database.close()
    await vendor.close()
    await mute.close()
    await close()
    folder.close()
  })
})

const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }

const fileOf = (job: string) => filmOf(`the video of ${job}. `, 5000)

/** Two channels, one of them narrow, so that some tasks wait for a slot, and a vendor without lookup; prices, and somebody to tell. */
async function setUp(
  env: { DATA_DIR: string },
  { vendor, mute }: { vendor: FakeCloudsway; mute: FakeVidu },
  receiver: string
) {
  const server = await spawnServer(env)
  const call = (method: string, path: string, body: object) => adminCall(server.url, method, path, body)
  await call('POST', '/admin/channels', vendor.channel({ max_concurrency: 50 }))
  await call('POST', '/admin/channels', vendor.channel({ models: { narrow: 'kling-v1' }, max_concurrency: 3 }))
  await call('POST', '/admin/channels', mute.channel({ models: { mute: 'viduq1' } }))
  for (const model of ['kling-v1', 'narrow', 'mute'])
    await call('PATCH', `/admin/models/${model}`, { prices: [{ unit: 'video', amount: '0.25', currency: 'USD' }] })
  await call('POST', '/v1/webhook_endpoints', { url: receiver, event_types: ['video.completed'] })
  server.child.kill('SIGKILL')
  await server.exited
}

let serial = 0

/** Creates tasks one after another until the server is gone; notes the acknowledged ones. */
async function createUntilDead(url: string, acknowledged: string[], onAnswer: () => void) {
  for (;;) {
    try {
      const n = ++serial
      const model = n % 4 === 0 ? 'narrow' : n % 5 === 0 ? 'mute' : 'kling-v1'
      const body = JSON.stringify({ model, prompt: `task ${n}` })
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
