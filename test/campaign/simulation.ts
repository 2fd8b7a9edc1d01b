import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import type { Key } from '../../src/db/index.ts'
import { ApiError } from '../../src/errors.ts'
import { openServices, type Services } from '../../src/services/index.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'
import { seeded } from '../support/seeded.ts'
import { createAgenda } from './agenda.ts'
import { countAnew } from './stand-ins/ids.ts'
import type { SharedDatabase } from './stand-ins/database.ts'
import { createSimulatedVendor, type Fate } from './vendor.ts'
import { digestOf, verdict } from './verdict.ts'
import { createWatch } from './watch.ts'
import { drawWorld, perSecond } from './world.ts'

/* Two nodes of the whole engine on one database, under a clock of their own: seeded chance decides what the clients, the operator, the vendor
   and fate do. The same seed, the same run, byte for byte: nothing here may ask the real clock, real chance, or the order of real I/O. */

export interface Run {
  /** tasks that were made; the parts of fanned-out ones are not counted */
  lives: number
  steps: number
  /** steps after which something had changed, and every invariant was looked at */
  looks: number
  ended: Record<string, number>
  /** how often each kind of trouble came */
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

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const NODES = 2
/** how long nodes may believe what they have read of models and channels */
const STALE = SECOND

/** Lives `lives` tasks through, on an emptied database. Throws naming seed and step when an invariant breaks. */
export async function simulate(shared: SharedDatabase, seed: number, lives: number): Promise<Run> {
  countAnew()
  shared.empty()
  let activity = 0
  const trace = createHash('sha256')
  const chance = seeded(seed)
  const random = () => {
    activity++
    const drawn = chance()
    trace.update(`${drawn} `)
    return drawn
  }
  const below = (end: number) => Math.floor(random() * end)
  const world = drawWorld(random)
  const agenda = createAgenda(Date.UTC(2026, 0, 1))
  const config = loadConfig({
    DATA_DIR: shared.folder,
    SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
    SANDBOX: 'off',
    ARCHIVE_URL: 'off',
    MAX_QUEUED: '100000',
    PUBLIC_URL: 'https://gateway.test'
  })
  const log = pino({ level: 'silent' })
  /** what jumps have added to the wall clock */
  let jumped = 0
  const vendor = createSimulatedVendor({
    random,
    calm: world.calm,
    mute: world.mute,
    jumps: () => faults['the clock jumps forward'] ?? 0,
    later: (milliseconds, run) => void agenda.add(agenda.now() + milliseconds, run)
  })
  const faults: Record<string, number> = vendor.counts
  const count = (fault: string) => (faults[fault] = (faults[fault] ?? 0) + 1)
  let step = 0
  let started = 0

  const fail = (message: string): never => {
    throw new Error(`seed ${seed}, step ${step}: ${message}`)
  }

  async function start(): Promise<Node> {
    // filled in right below; nothing is sent before
    const node = { name: ++started, state: 'up', held: [] } as unknown as Node
    const skew = Math.round((random() - 0.5) * SECOND)
    const send = ({ hears, after, sender }: Fate) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        if (sender === 'dies') node.state = 'dead'
        if (sender === 'sleeps' && node.state === 'up') node.state = 'asleep'
        const hear = () => {
          if (node.state === 'asleep') return void node.held.push(hear)
          if (node.state === 'dead') return
          const heard = hears()
          if (heard instanceof UpstreamError) reject(heard)
          else resolve(heard)
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
      monotonic: () => agenda.now(),
      now: () => {
        activity++
        return agenda.now() + jumped + skew
      },
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
      await new Promise(setImmediate)
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
        count('a node dies')
        await bury(node)
      } else {
        count('a node sleeps')
        agenda.add(agenda.now() + random() * 10 * MINUTE, () => {
          node.state = 'up'
          nodes.push(node)
          for (const hear of node.held.splice(0)) hear()
        })
      }
    }
    while (nodes.length < NODES) await enlist()
    // those who woke make too many: one is killed
    if (nodes.length > NODES + 1) nodes[below(nodes.length)]!.state = 'dead'
  }

  async function bury(node: Node) {
    node.state = 'dead'
    everyNode.splice(everyNode.indexOf(node), 1)
    await node.services.close()
  }

  async function settle() {
    await quiet()
    await muster()
    watch.check()
  }

  const { reader } = shared
  const question = (text: string) => reader.prepare(text)
  const open = question(`
    select (select count(*) from tasks indexed by tasks_due where finished_at is null and queue_tag is null)
      + (select count(*) from tasks indexed by tasks_queue where queue_tag is not null)
      + (select count(*) from tasks indexed by tasks_followed where follow_up_at is not null)`).pluck() as {
    get(): unknown
  }
  const openCount = () => open.get() as number // a sum of counts
  const nthOpen = question('select id from tasks where finished_at is null order by id limit 1 offset ?').pluck()
  const taskOf = question('select id from tasks where prompt = ? and parent_id is null and deleted_at is null').pluck()
  const doubtful = question(
    `select id from tasks where error_code in ('submit_outcome_unknown', 'internal_quarantined') and finished_at is not null limit 1`
  ).pluck()

  const priceLists = [{ at: -Infinity, until: Infinity, micro: world.price }]
  const watch = createWatch({
    reader,
    prices: (model, milliseconds) =>
      priceLists
        .filter(({ until }) => until >= agenda.now() - STALE)
        .map(({ micro }) => (perSecond(model) ? (micro * milliseconds) / SECOND : micro)),
    costs: (hold, model, milliseconds, seconds) => {
      if (!perSecond(model)) return hold
      const price = (hold * SECOND) / milliseconds
      return Math.min(hold, Math.ceil((price * (Math.round(seconds * SECOND) || milliseconds)) / SECOND))
    },
    made: id => Number(vendor.jobs.get(id)?.made),
    isMade: id => vendor.jobs.get(id)?.ends === 'succeed' && !vendor.jobs.get(id)?.late,
    budgetOf: id => (id === keys[1]?.id ? world.budget : undefined),
    fail
  })

  const keys: Key[] = []
  await enlist()
  const [{ services: first }] = nodes as [Node]
  const channelIds: string[] = []
  for (const [name, limit] of Object.entries(world.limits)) {
    const channel = await first.channels.create({
      name,
      vendor: 'cloudsway',
      base_url: 'https://genaiapi.cloudsway.net',
      credential: 'secret',
      options: { endpoint_path: name },
      models: { 'kling-v1': 'kling-v1', ...(name === 'b' && { 'kling-v1-6': 'kling-v1-6' }) },
      max_concurrency: limit,
      submits_per_minute: null,
      priority: 0,
      weight: 1,
      disabled: false
    })
    channelIds.push(channel.id)
  }
  const putPrice = async ({ models }: Services, micro: number) => {
    const amount = (micro / 1e6).toFixed(6)
    for (const model of ['kling-v1', 'kling-v1-6'])
      await models.put(model, {
        prices: [{ unit: perSecond(model) ? 'second' : 'video', amount, currency: 'USD' }],
        retryFailed: true
      })
  }
  await putPrice(first, world.price)
  for (const settings of world.keys) keys.push((await first.keys.create(settings)).key)
  await muster()

  /** Begins something on one of the nodes, and lets it get as far as it can now. Who dies of it never answers. */
  async function begin(work: Work) {
    launch(work)
    await settle()
    if (unexpected.length) throw new Error(`seed ${seed}, step ${step}`, { cause: unexpected[0] })
  }

  type Work = (services: Services) => Promise<unknown>

  function launch(work: Work) {
    const node = nodes[below(nodes.length)]!
    work(node.services).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'insufficient_quota') count('over budget')
      else if (node.state !== 'dead' && !(error instanceof ApiError)) unexpected.push(error)
    })
  }
  const unexpected: unknown[] = []

  let asked = 0
  // two in a row of the key with a budget, so that they meet
  const keyOf = (n: number) => keys[Math.max(0, Math.floor((n % 8) / 2) - 1)]!
  const create =
    (n: number): Work =>
    ({ tasks }) =>
      tasks.create(
        keyOf(n),
        {
          model: n % 4 === 3 ? 'kling-v1-6' : 'kling-v1',
          prompt: `life ${n}`,
          seconds: n % 3 ? 5 : 10,
          ...(n % 20 === 0 && { n: 2 })
        },
        { warnings: [], idempotencyKey: `life ${n}` }
      )

  /** New tasks, now and then several at once and on both nodes, each perhaps twice. */
  async function createNew() {
    for (let more = true; more; more = asked < lives && random() < 0.3) {
      launch(create(++asked))
      if (random() < 0.02) launch(create(asked))
    }
    await begin(async () => {})
  }
  const earlier = () => Math.max(1, asked - below(30))

  async function changePrice() {
    count('the price changes')
    const micro = 1 + below(2e6)
    const last = priceLists.at(-1)!
    last.until = agenda.now()
    priceLists.push({ at: agenda.now(), until: Infinity, micro })
    await begin(services => putPrice(services, micro))
  }

  function jump(milliseconds: number) {
    count(milliseconds > 0 ? 'the clock jumps forward' : 'the clock jumps back')
    jumped += Math.round(milliseconds)
  }

  async function act() {
    const dice = random()
    if (dice < world.ticks) return begin(({ worker }) => worker.begin())
    if (dice < world.ticks + 0.05) return begin(({ followUp }) => followUp.begin())
    const rare = random()
    if (rare < 0.03) {
      const all = openCount()
      const id = all && (nthOpen.get(below(all)) as string) // there is one
      if (id) await begin(({ worker }) => worker.cancel(id))
    } else if (rare < 0.07) {
      // a client that repeats itself, perhaps while the first is under way on another node
      if (asked > 0) await begin(create(earlier()))
    } else if (rare < 0.08) {
      const n = earlier()
      const id = taskOf.get(`life ${n}`) as string | undefined // ids are text
      if (id) await begin(({ tasks }) => tasks.remove(keyOf(n), id))
    } else if (rare < 0.09) {
      const id = channelIds[below(channelIds.length)]!
      await begin(({ channels }) => channels.change(id, { disabled: false }))
    } else if (rare < 0.1) await changePrice()
    else if (rare < 0.12) {
      // the vendor calls about one of its last tasks, whether there is news or not
      const job = [...vendor.jobs.values()].at(-1 - below(20))
      if (!job) return
      count('the vendor calls')
      const [channel, token] = job.callback.split('/').slice(-2) as [string, string] // our own addresses
      const rawBody = JSON.stringify({ task_id: job.id, task_status: 'succeed' })
      await begin(({ callbacks }) =>
        callbacks.receive(channel, token, { method: 'POST', path: '', query: '', headers: {}, rawBody })
      )
    } else if (rare < 0.127) {
      const id = doubtful.get() as string | undefined // ids are text
      if (id === undefined) return
      count('an operator decides')
      const outcome = (['lost', 'charged', 'found'] as const)[below(3)]!
      await begin(({ unresolved }) => unresolved.resolve(id, { outcome }))
    } else if (rare < 0.13) await begin(({ unresolved }) => unresolved.sweep())
    else if (rare < 0.132) jump(HOUR * (0.5 + random() * 8))
    else if (rare < 0.135) jump(-random() * 30 * SECOND)
    else if (rare < 0.137) {
      count('all nodes end at once')
      for (const node of nodes) node.state = 'dead'
      await settle()
    } else await agenda.pass(below(rare < 0.9 ? 5 * SECOND : 5 * MINUTE), settle)
  }

  try {
    while (asked - (faults['over budget'] ?? 0) < lives || openCount() > 0) {
      step++
      if (asked - (faults['over budget'] ?? 0) < lives && openCount() < world.width) {
        await createNew()
      }
      await act()
      if (step > lives * 400 + 100_000) fail(`${openCount()} tasks never end`)
    }
    // whoever still sleeps wakes, what was sent arrives, and nothing may change by it
    const before = digestOf(reader)
    for (const node of everyNode) {
      if (node.state === 'asleep') node.state = 'up'
      for (const hear of node.held.splice(0)) hear()
      await quiet()
    }
    await agenda.pass(2 * MINUTE, quiet)
    watch.check()
    const after = digestOf(reader)
    if (after !== before) fail('something changed tasks that had ended')
    const ended = await verdict(shared, vendor, fail)
    return {
      lives: ended.lives,
      steps: step,
      looks: watch.looks(),
      faults,
      ended: ended.how,
      hash: trace.update(after).digest('hex')
    }
  } finally {
    for (const node of everyNode) node.state = 'dead'
    await quiet()
    await Promise.allSettled(everyNode.map(({ services }) => services.close()))
  }
}
