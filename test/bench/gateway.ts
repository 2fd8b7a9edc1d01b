import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { newId } from '../../src/lib/ids.ts'
import { start, type Running } from './processes.ts'

/* The candidate: the built bundle with its usual settings, SQLite on the disk of this checkout (fsync counts). */

const root = new URL('../../', import.meta.url).pathname
export const ADMIN_KEY = 'sk-bench-admin-0123456789abcdefghij'

export interface Gateway extends Running {
  folder: string
  /** headers of a member */
  member: Record<string, string>
  vendor: string
}

export interface TaskSeed {
  count: number
  row(index: number): Record<string, string | number | null>
}

/** A folder for a database, on the disk where the results lie; gone when the run is over. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(root, 'test/bench/results/data-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function serve(folder: string, env: Record<string, string> = {}): Promise<Running> {
  return start([join(root, 'dist/main.js'), 'serve'], {
    env: {
      PORT: '0',
      DATA_DIR: folder,
      ADMIN_KEY,
      SANDBOX: 'off',
      LOG_LEVEL: 'warn',
      OUTBOUND_ALLOW: '127.0.0.0/8',
      ...env
    }
  })
}

/** A gateway with one member key and one channel at the vendor, model `kling-v1`. */
export async function startGateway(vendor: string, env: Record<string, string> = {}): Promise<Gateway> {
  const folder = dataFolder()
  const running = await serve(folder, env)
  const { headers: member } = await newMember(running, 'bench')
  await call(running, 'POST', '/admin/channels', {
    name: 'bench',
    vendor: 'cloudsway',
    base_url: vendor,
    credential: 'bench-credential',
    options: { endpoint_path: 'EP' },
    models: { 'kling-v1': 'kling-v1' }
  })
  return { ...running, folder, vendor, member }
}

/** Another member key, and the headers that use it. */
export async function newMember(running: Running, name: string) {
  const { id, key } = await call<{ id: string; key: string }>(running, 'POST', '/admin/keys', { name })
  return { id, headers: { authorization: `Bearer ${key}` } }
}

async function call<Body>({ url }: Running, method: string, path: string, body: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Body // the gateway's documented shape
}

export const CREATE = JSON.stringify({
  model: 'kling-v1',
  prompt: 'An astronaut walks on the moon',
  size: '1920x1080',
  duration: 5
})

/** A task made over HTTP: the row that seeds copy. */
export async function makeTask({ url, member }: Gateway): Promise<string> {
  const headers = { ...member, 'content-type': 'application/json' }
  const response = await fetch(`${url}/v1/videos`, { method: 'POST', headers, body: CREATE })
  if (!response.ok) throw new Error(`create: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { id: string }).id // the documented shape
}

/** Copies of one task's row with other values, written past the gateway; gives their ids. */
export function seed(folder: string, template: string, { count, row }: TaskSeed): string[] {
  const database = new Sqlite(join(folder, 'reelay.db'))
  database.pragma('busy_timeout = 5000')
  const columns = database.pragma('table_info(tasks)') as { name: string }[] // its documented columns
  const ids: string[] = []
  const insert = new Map<string, Sqlite.Statement>()
  database.transaction(() => {
    for (let index = 0; index < count; index++) {
      const values = { id: newId('video', Date.now()), ...row(index) }
      const shape = Object.keys(values).join()
      if (!insert.has(shape)) {
        const chosen = columns.map(({ name }) => (name in values ? `@${name}` : `"${name}"`)).join()
        insert.set(shape, database.prepare(`insert into tasks select ${chosen} from tasks where id = @template`))
      }
      insert.get(shape)!.run({ ...values, template })
      ids.push(values.id)
    }
  })()
  database.close()
  return ids
}

const TWO_MINUTES = 120_000

/** A finished task that took two minutes, with a file of `bytes` at the vendor. */
export function finished(vendor: string, bytes = 1_000_000): TaskSeed['row'] {
  return () => ({
    status: 'completed',
    progress: 100,
    operation: JSON.stringify({ id: 'up-1' }),
    result: JSON.stringify({
      status: 'succeeded',
      videos: [{ at: { url: `${vendor}/files/${bytes}.mp4` }, seconds: 5 }]
    }),
    due_at: null,
    lease_owner: null,
    lease_until: null,
    slot: 0,
    started_at: Date.now() - TWO_MINUTES,
    finished_at: Date.now()
  })
}

/** A running task that is due at `dueAt(index)`; the vendor reads the moment from its id. */
export function running(dueAt: (index: number) => number): TaskSeed['row'] {
  return index => {
    const due = dueAt(index)
    const id = `due-${due}-${index}`
    return {
      status: 'in_progress',
      progress: 0,
      operation: JSON.stringify({ id, standard: false, path: `/text2video/${id}` }),
      due_at: due,
      lease_owner: null,
      lease_until: null,
      slot: 0,
      started_at: Date.now(),
      finished_at: null
    }
  }
}
