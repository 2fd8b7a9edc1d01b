import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { FakeCloudsway } from '../support/fake-cloudsway.ts'
import { ADMIN_KEY, environment } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall, spawnServer } from '../support/process.ts'

/* Nodes in processes of their own on one PostgreSQL, and clients that keep asking. They need `npm run build`. */

const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }

/** A fleet on one database; `start` gives a node, again after it was killed. */
export function createFleet(databaseUrl: string, more: Record<string, string> = {}) {
  const folders: ReturnType<typeof makeFolder>[] = []
  const env = {
    ...environment,
    DATABASE_URL: databaseUrl,
    SECRET_KEY: randomBytes(32).toString('base64'),
    RECONCILE_AFTER_MS: '3000',
    LOG_LEVEL: 'fatal',
    ...more
  }

  return {
    start() {
      const folder = makeFolder('node')
      folders.push(folder)
      return spawnServer({ ...env, DATA_DIR: folder.path })
    },
    clean() {
      for (const folder of folders) folder.close()
    }
  }
}

export async function addChannel(url: string, vendor: FakeCloudsway, more: object) {
  await adminCall(url, 'POST', '/admin/channels', vendor.channel({ ...more }))
}

/** Creates a task under its own Idempotency-Key, at whichever node `url` names, until one says yes. Gives its id. */
export async function createUntilAnswered(url: () => string, prompt: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      const response = await fetch(`${url()}/openai/v1/videos`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': prompt },
        body: JSON.stringify({ model: 'kling-v1', prompt }),
        signal: AbortSignal.timeout(20_000)
      })
      // true because every answer to this is a video or an error
      const { id } = (await response.json()) as { id?: string }
      if (response.status === 200 && id) return id
    } catch {
      // the node is gone, or stands still
    }
    await sleep(200)
  }
  throw new Error(`${prompt} is never answered`)
}

/** How each task ended; asks until all have, for `seconds` at most. */
export async function endsOf(url: string, ids: readonly string[], seconds: number): Promise<Record<string, number>> {
  const ended = new Map<string, string>()
  for (const until = Date.now() + seconds * 1000; ended.size < ids.length && Date.now() < until; await sleep(500)) {
    for (const id of ids) {
      if (ended.has(id)) continue
      const response = await fetch(`${url}/openai/v1/videos/${id}`, { headers })
      const { status } = (await response.json()) as { status: string }
      if (status === 'completed' || status === 'failed') ended.set(id, status)
    }
  }
  const counts: Record<string, number> = {}
  for (const id of ids) {
    const how = ended.get(id) ?? 'not ended'
    counts[how] = (counts[how] ?? 0) + 1
  }
  return counts
}

/** Nobody made a video twice. */
export function expectOncePerPrompt(vendor: FakeCloudsway) {
  const prompts = Map.groupBy(vendor.tasks.values(), ({ body }) => String(body.prompt))
  expect([...prompts].filter(([, tasks]) => tasks.length > 1).map(([prompt]) => prompt)).toEqual([])
}
