import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as macrotask } from 'node:timers/promises'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import type { Key } from '../../src/db/index.ts'
import { connect } from '../../src/db/sqlite.ts'
import { ApiError } from '../../src/errors.ts'
import { openServices, type Services } from '../../src/server.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'
import { seeded } from '../support/seeded.ts'
import { createAgenda } from './agenda.ts'
import { createSimulatedVendor, type Fate } from './vendor.ts'

/* Two nodes of the whole engine on one database, under a clock of their own: seeded chance decides what the clients, the vendor and fate
   do. The same seed, the same run, byte for byte: nothing here may ask the real clock, real chance, or the order of real I/O. */

export interface Run {
  lives: number
  ended: Record<string, number>
  deaths: number
  sleeps: number
  faults: Record<string, number>
  /** over everything that was asked, answered and written */
  hash: string
}

interface Node {
  name: number
  services: Services
  state: 'up' | 'asleep' | 'dead'
  /** answers that came while it slept */
  held: (() => void)[]
}

const MINUTE = 60_000
// tasks in flight: more than there are slots, so that queues are long
const WIDTH = 40
const NODES = 2

/** Lives `lives` creates through. Throws naming seed and step when an invariant breaks. */
export async function simulate(seed: number, lives: number): Promise<Run> {
  let activity = 0
  const trace = createHash('sha256')
  const chance = seeded(seed)
  const random = () => {
    activity++
    const drawn = chance()
    trace.update(`${drawn} `)
    return drawn
  }
  const agenda = createAgenda(Date.UTC(2026, 0, 1))
  const now = () => {
    activity++
    return agenda.now()
  }
  const vendor = createSimulatedVendor(random, 0.6)
  // memory-backed where there is such a place: durability is the kill campaign's business, not this one's
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'reelay-sim-'))
  const config = loadConfig({ DATA_DIR: folder, SANDBOX: 'off', ARCHIVE_URL: 'off', MAX_QUEUED: '100000' })
  const log = pino({ level: 'silent' })
  let deaths = 0
  let sleeps = 0
  let step = 0
  let started = 0

  const fail = (message: string): never => {
    throw new Error(`seed ${seed}, step ${step}: ${message}`)
  }

  async function start(): Promise<Node> {
    // filled in right below; nothing is sent before
    const node = { name: ++started, state: 'up', held: [] } as unknown as Node
    const send = (fate: Fate) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        const { hears, after, sender } = fate
        if (sender === 'dies') node.state = 'dead'
        if (sender === 'sleeps' && node.state === 'up') node.state = 'asleep'
        const hear = () => {
          if (node.state === 'asleep') node.held.push(hear)
          else if (node.state === 'dead') return
          else if (hears instanceof UpstreamError) reject(hears)
          else resolve(hears)
        }
        if (after > 0) agenda.add(agenda.now() + after, hear)
        else hear()
      })
    const never = new Promise<never>(() => {})
    const note = (what: string, path: string) => trace.update(`${node.name} ${what} ${path} ${agenda.now()}\n`)
    node.services = await openServices({
      config,
      log,
      random,
      now,
      exchange: {
        submit: async (_vendor, _config, request) => {
          if (node.state === 'dead') return never
          note('submit', JSON.stringify(request.body))
          return send(vendor.submit(request))
        },
        ask: async (_vendor, _config, request) => {
          if (node.state === 'dead') return never
          note('ask', request.path)
          return send(vendor.ask(request))
        },
        fetch: async () => ({}),
        open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) })
      }
    })
    return node
  }

  /** Lets everything run that needs no clock: what is left then waits for an answer or a moment. */
  async function quiet() {
    for (let idle = 0; idle < 3; idle++) {
      const before = activity
      await macrotask()
      if (activity !== before) idle = -1
    }
  }

  const nodes: Node[] = []
  const everyNode: Node[] = []
  async function enlist() {
    const node = await start()
    nodes.push(node)
    everyNode.push(node)
  }

  /** The dead are buried and replaced; the sleeping wake later, and meanwhile somebody else does their work. */
  async function muster() {
    for (const node of nodes.filter(({ state }) => state !== 'up')) {
      nodes.splice(nodes.indexOf(node), 1)
      if (node.state === 'dead') {
        deaths++
        await bury(node)
      } else {
        sleeps++
        agenda.add(agenda.now() + random() * 10 * MINUTE, () => {
          node.state = 'up'
          nodes.push(node)
          for (const hear of node.held.splice(0)) hear()
        })
      }
    }
    while (nodes.length < NODES) await enlist()
    // those who woke make too many: one is killed
    if (nodes.length > NODES + 1) nodes[Math.floor(random() * nodes.length)]!.state = 'dead'
  }

  async function bury(node: Node) {
    node.state = 'dead'
    everyNode.splice(everyNode.indexOf(node), 1)
    await node.services.close()
  }

  async function settle() {
    await quiet()
    await muster()
  }

  await enlist()
  const [{ services: first }] = nodes as [Node]
  const channelIds: string[] = []
  for (const [name, limit] of [
    ['a', 3],
    ['b', 5]
  ] as const) {
    const channel = await first.channels.create({
      name,
      vendor: 'cloudsway',
      base_url: 'https://genaiapi.cloudsway.net',
      credential: 'secret',
      options: { endpoint_path: 'EP' },
      models: { 'kling-v1': 'kling-v1' },
      max_concurrency: limit,
      submits_per_minute: null,
      priority: 0,
      weight: 1,
      disabled: false
    })
    channelIds.push(channel.id)
  }
  await first.models.put('kling-v1', {
    prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }],
    retryFailed: true
  })
  const keys: Key[] = []
  for (const name of ['hog', 'guest', 'third'])
    keys.push((await first.keys.create({ name, ...(name === 'third' && { maxConcurrency: 2 }) })).key)
  await muster()

  const reader = connect(join(folder, 'reelay.db'))
  const question = (text: string) => reader.prepare(text)
  const openTasks = question('select count(*) from tasks where due_at is not null and finished_at is null').pluck()
  const open = () => openTasks.get() as number // count(*) is a number
  const nthOpen = question(
    'select id from tasks where finished_at is null and due_at is not null order by due_at, id limit 1 offset ?'
  ).pluck()

  const taskOf = question('select id from tasks where prompt = ? and part_of is null and deleted_at is null').pluck()

  /* Each gives rows only where something is wrong. The first are asked every few steps, and see what is in flight alone. */
  const always = {
    'a channel counts other slots than its tasks hold': question(`
      select id, in_flight, max_concurrency from channels c
      where in_flight <> (select count(*) from tasks where slot and channel_id = c.id and finished_at is null and due_at is not null)
        or in_flight > max_concurrency`),
    'a key counts other slots than its tasks hold': question(`
      select id, in_flight from keys k
      where in_flight <> (select count(*) from tasks where slot and key_id = k.id and finished_at is null and due_at is not null)
        or in_flight > max_concurrency`),
    'a slot without a task at the vendor': question(`
      select id from tasks where finished_at is null and due_at is not null and slot <> (attempt_id is not null)`)
  }
  const atTheEnd = {
    'it ended and still holds a slot': question(`select id from tasks where finished_at is not null and slot`),
    'it runs but is never due': question(`select id from tasks where finished_at is null and due_at is null`),
    'one ending, told once': question(`
      select id from tasks t where part_of is null and finished_at is not null
        and (select count(*) from events where task_id = t.id and type in ('video.completed', 'video.failed')) <> 1`),
    'a priced task is held once, and settled once unless its outcome is unknown': question(`
      select t.id, t.price, t.error_code, sum(l.kind = 'hold') as holds, sum(l.kind in ('capture', 'release')) as ends
      from tasks t left join ledger l on l.task_id = t.id
      where t.price is not null and t.finished_at is not null group by t.id
      having holds is not 1 or ends is not (t.error_code is not 'submit_outcome_unknown')`),
    'nothing is spent that was not held, and nothing without a price': question(`
      select task_id, sum(iif(kind = 'hold', amount, 0)) as held, sum(iif(kind in ('capture', 'release'), amount, 0)) as settled
      from ledger where task_id is not null group by task_id having settled > held`),
    'one request, one task': question(`
      select prompt, count(*) as made from tasks
      where part_of is null and not (deleted_at is not null and started_at is null and failure is not null)
      group by key_id, prompt having made > 1`),
    'the wallets, the holds and the spending of a currency sum to nothing lost': question(`
      select currency, sum(amount) as moved from ledger where amount < 0 and kind <> 'adjust' group by currency`)
  }
  function check(questions: Record<string, { all(): unknown[] }>) {
    for (const [what, asked] of Object.entries(questions)) {
      const wrong = asked.all()
      if (wrong.length) fail(`${what}: ${JSON.stringify(wrong.slice(0, 3))}`)
    }
  }

  /** Begins something on one of the nodes, and lets it get as far as it can now. Who dies of it never answers. */
  async function begin(work: (services: Services) => Promise<unknown>) {
    const node = nodes[Math.floor(random() * nodes.length)]!
    work(node.services).catch((error: unknown) => {
      if (node.state !== 'dead' && !(error instanceof ApiError)) unexpected.push(error)
    })
    await settle()
    if (unexpected.length) throw new Error(`seed ${seed}, step ${step}`, { cause: unexpected[0] })
  }
  const unexpected: unknown[] = []

  let created = 0
  const keyOf = (n: number) => keys[n % 5 ? 0 : 1 + (n % 2)]!
  const create = (n: number) =>
    begin(({ tasks }) =>
      tasks.create(
        keyOf(n),
        { model: 'kling-v1', prompt: `life ${n}`, seconds: 5, ...(n % 20 === 0 && { n: 2 }) },
        { unknownFields: [], idempotencyKey: `life ${n}` }
      )
    )
  const earlier = () => Math.max(1, created - Math.floor(random() * 30))

  async function act() {
    const dice = random()
    if (dice < 0.3) await begin(({ worker }) => worker.tick())
    else if (dice < 0.33) {
      const count = open()
      const id = count && (nthOpen.get(Math.floor(random() * count)) as string) // there is one
      if (id) await begin(({ worker }) => worker.cancel(id))
    } else if (dice < 0.37) {
      // a client that repeats itself, perhaps while the first is under way on another node
      if (created > 0) await create(earlier())
    } else if (dice < 0.38) {
      if (created > 0) {
        const n = earlier()
        const id = taskOf.get(`life ${n}`) as string | undefined // ids are text
        if (id) await begin(({ tasks }) => tasks.remove(keyOf(n), id))
      }
    } else if (dice < 0.39) {
      const id = channelIds[Math.floor(random() * channelIds.length)]!
      await begin(({ channels }) => channels.change(id, { disabled: false }))
    } else await agenda.pass(Math.floor(random() * (dice < 0.95 ? 5000 : 5 * MINUTE)), settle)
  }

  try {
    while (created < lives || open() > 0) {
      step++
      if (created < lives && open() < WIDTH) {
        created++
        await create(created)
      }
      await act()
      if (step % 10 === 0) check(always)
      if (step > lives * 400 + 100_000) fail(`${open()} tasks never end`)
    }
    // whoever still sleeps wakes, and must change nothing
    const before = digest()
    for (const node of everyNode) {
      node.state = node.state === 'dead' ? 'dead' : 'up'
      for (const hear of node.held.splice(0)) hear()
      await quiet()
    }
    if (digest() !== before) fail('a node that had slept changed tasks that had ended')
    check(always)
    check(atTheEnd)

    const perReference = Map.groupBy(vendor.jobs.values(), ({ reference }) => reference)
    for (const [reference, jobs] of perReference)
      if (jobs.length > 1) fail(`${reference} was made ${jobs.length} times`)
    const known = new Set(
      question(`select reference from attempts where outcome is null or outcome in ('accepted', 'unknown')`)
        .pluck()
        .all()
    )
    for (const { reference, prompt } of vendor.jobs.values())
      if (!known.has(reference)) fail(`the vendor works on ${reference} (${prompt}), and nobody knows`)
    const ended = question(`
      select coalesce(error_code, status) as how, count(*) as count from tasks group by 1 order by 1
    `).all() as { how: string; count: number }[] // as selected
    return {
      lives: created,
      deaths,
      sleeps,
      faults: vendor.counts,
      ended: Object.fromEntries(ended.map(({ how, count }) => [how, count])),
      hash: trace.update(digest()).digest('hex')
    }
  } finally {
    reader.close()
    await Promise.allSettled(everyNode.map(({ services }) => services.close()))
    rmSync(folder, { recursive: true, force: true })
  }

  /** Everything that was written about tasks, but for the names of processes. */
  function digest(): string {
    const hash = createHash('sha256')
    for (const table of ['tasks', 'attempts', 'ledger', 'events', 'idempotency'])
      for (const row of question(`select * from ${table} order by 1, 2`).iterate() as Iterable<object>)
        // rows are objects
        hash.update(JSON.stringify({ ...row, lease_owner: null, cancel_requested: null }))
    return hash.digest('hex')
  }
}
