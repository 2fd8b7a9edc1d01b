import type Sqlite from 'better-sqlite3'
import { isUnresolvedCode } from '../../src/db/unresolved.ts'

/* What must hold after every step. It reads what is in flight and what was written since the last look, and keeps the books a second time:
   what each key holds and has spent, by the prices that were in force and by the seconds that the vendor says it made. */

interface Entry {
  rowid: number
  task_id: string
  key_id: string
  kind: string
  from_account: string
  to_account: string
  amount: number
  window_start: number
}

interface Happening {
  rowid: number
  type: string
  task_id: string
}

interface Ended {
  slot: number
  price: number | null
  status: string
  finished_at: number | null
  error_code: string | null
  channel_id: string | null
  upstream_id: string | null
  n: number
  parent_id: string | null
  /** set: it ended for its client, and its vendor may go on */
  follow_up_at: number | null
}

interface Open {
  id: string
  key_id: string
  channel_id: string | null
  price: number | null
  slot: number
  attempt_id: string | null
  due_at: number | null
}

interface Hold {
  keyId: string
  window: number
  amount: number
  closed: boolean
}

interface World {
  reader: Sqlite.Database
  /** what the task may have been held at when its hold was seen, in micro-units */
  prices(model: string, milliseconds: number): number[]
  /** what a task costs that was held at `hold`, when the vendor made `seconds` of it */
  costs(hold: number, model: string, milliseconds: number, seconds: number): number
  /** seconds that the vendor says it made */
  made(upstreamId: string): number
  /** whether the vendor finishes it, and nothing but its own word may say otherwise */
  isMade(upstreamId: string): boolean
  /** most that a key may commit in one window; undefined: no limit */
  budgetOf(keyId: string): number | undefined
  fail(message: string): never
}

export function createWatch({ reader, prices, costs, made, isMade, budgetOf, fail }: World) {
  const question = (text: string) => reader.prepare(text)
  const version = question('pragma data_version').pluck()
  const newEntries = question('select rowid, * from ledger where rowid > ? order by rowid')
  const newHappenings = question(
    `select rowid, type, task_id from events where rowid > ? and task_id is not null order by rowid`
  )
  const taskOfHold = question('select model, milliseconds, price, n from tasks where id = ?')
  const endedTask = question(`
    select t.slot, t.price, t.status, t.finished_at, t.error_code, t.channel_id, t.model, t.milliseconds, t.n, t.parent_id, t.follow_up_at,
      a.upstream_id
    from tasks t left join attempts a on a.id = t.attempt_id where t.id = ?`)
  const inFlight = question(`
    select id, key_id, channel_id, price, slot, attempt_id, due_at
    from tasks indexed by tasks_due where finished_at is null and queue_tag is null
    union all
    select id, key_id, channel_id, price, slot, attempt_id, due_at
    from tasks indexed by tasks_queue where queue_tag is not null`)
  const followed = question(`
    select id, key_id, channel_id, price, slot, attempt_id, due_at
    from tasks indexed by tasks_followed where follow_up_at is not null`)
  const channels = question('select id, in_flight, max_concurrency from channels')
  const keys = question('select id, in_flight, max_concurrency from keys')
  const accounts = question('select key_id, window_start, held, spent, carried_over as carriedOver from spend')
  const endedInDoubt = question(
    `select id from tasks where error_code in ('submit_outcome_unknown', 'internal_quarantined') and finished_at is not null`
  ).pluck()

  const holds = new Map<string, Hold>()
  const ended = new Set<string>()
  /** in doubt, then found by an operator: they run at the vendor whether it has a slot for them or not */
  const takenUp = new Set<string>()
  const totals = new Map<string, { held: number; spent: number }>()
  let openHolds = 0
  let lastEntry = 0
  let lastHappening = 0
  let lastVersion: unknown
  let looks = 0

  function total(keyId: string, window: number) {
    const name = `${keyId} ${window}`
    const known = totals.get(name) ?? { held: 0, spent: 0 }
    totals.set(name, known)
    return known
  }

  function readLedger() {
    const closings = new Map<string, Entry[]>()
    for (const entry of newEntries.iterate(lastEntry) as Iterable<Entry>) {
      lastEntry = entry.rowid
      const { task_id: id, key_id: keyId, kind, amount, window_start: window } = entry
      if (amount < 0 || entry.from_account === entry.to_account) fail(`${id}: a ${kind} of ${amount} goes nowhere`)
      const sums = total(keyId, window)
      if (kind === 'hold') {
        if (holds.has(id)) fail(`${id} is held twice`)
        const task = taskOfHold.get(id) as { model: string; milliseconds: number; price: number; n: number } // ids are unique
        const possible = prices(task.model, task.milliseconds)
        if (amount !== task.price || !possible.includes(amount))
          fail(`${id} is held at ${amount}, its price is ${task.price}, the list said ${possible.join(' or ')}`)
        holds.set(id, { keyId, window, amount, closed: false })
        sums.held += amount
        openHolds++
      } else {
        const hold = holds.get(id)
        if (!hold || hold.closed) fail(`${id}: a ${kind} of what is not held`)
        if (hold!.window !== window || hold!.keyId !== keyId)
          fail(`${id}: ended in another account than it was held in`)
        sums.held -= amount
        if (kind === 'capture') sums.spent += amount
        closings.set(id, [...(closings.get(id) ?? []), entry])
      }
    }
    for (const [id, entries] of closings) {
      const hold = holds.get(id)!
      const sum = entries.reduce((all, { amount }) => all + amount, 0)
      if (sum !== hold.amount) fail(`${id}: ${hold.amount} was held, ${sum} ended`)
      hold.closed = true
      openHolds--
      if (!ended.has(id)) justClosed.add(id)
      const task = endedTask.get(id) as Ended & { model: string; milliseconds: number } // there is one: the ledger refers to it
      const captured = entries.find(({ kind }) => kind === 'capture')?.amount ?? 0
      if (task.finished_at === null) fail(`${id} is settled, and runs`)
      if (task.status === 'completed') {
        const wanted = costs(hold.amount, task.model, task.milliseconds, made(task.upstream_id!))
        if (captured !== wanted) fail(`${id} was held at ${hold.amount} and cost ${captured}, not ${wanted}`)
      } else if (wasGivenUp(task) && task.upstream_id !== null) {
        const wanted = isMade(task.upstream_id)
          ? costs(hold.amount, task.model, task.milliseconds, made(task.upstream_id))
          : captured
        if (captured !== wanted) fail(`${id} (${task.error_code}) cost ${captured}, the vendor charges ${wanted}`)
      } else if (captured > 0 && !isUnresolvedCode(task.error_code))
        fail(`${id} failed (${task.error_code}) and cost ${captured}`)
    }
  }
  const justClosed = new Set<string>()

  function readHappenings() {
    for (const { rowid, type, task_id: id } of newHappenings.iterate(lastHappening) as Iterable<Happening>) {
      lastHappening = rowid
      if (type !== 'video.completed' && type !== 'video.failed') {
        // an operator who found a task in doubt sets it going again
        if (type === 'video.in_progress' && ended.has(id) && !holds.get(id)?.closed) {
          ended.delete(id)
          takenUp.add(id)
        }
        continue
      }
      if (ended.has(id)) fail(`${id} ended twice`)
      ended.add(id)
      const task = endedTask.get(id) as Ended // events refer to tasks
      const isFollowed = task.follow_up_at !== null
      if (task.finished_at === null || (task.slot && !isFollowed))
        fail(`${id} told of its end, and goes on: ${JSON.stringify(task)}`)
      if ((task.status === 'completed') !== (type === 'video.completed')) fail(`${id} is ${task.status}, told ${type}`)
      const staysHeld = isFollowed || isUnresolvedCode(task.error_code)
      if (task.price !== null && holds.get(id)?.closed === staysHeld && !(staysHeld && justClosed.has(id)))
        fail(`${id} ended (${task.error_code}) ${staysHeld ? 'in doubt and settled' : 'and is not settled'}`)
      if (task.price === null && task.parent_id === null && task.n === 1) fail(`${id} was not priced`)
    }
    for (const id of justClosed) if (!ended.has(id)) fail(`${id} is settled, and told nobody of its end`)
    justClosed.clear()
  }

  function readFlight() {
    const taken = new Map<string, number>()
    /** of those: slots of tasks that an operator found running, whether there was one for them or not */
    const beyond = new Map<string, number>()
    const take = (id: string) => taken.set(id, (taken.get(id) ?? 0) + 1)
    let held = 0
    const readOpen = (task: Open) => {
      if (task.slot) {
        for (const id of [task.key_id, task.channel_id!]) {
          take(id)
          if (takenUp.has(task.id)) beyond.set(id, (beyond.get(id) ?? 0) + 1)
        }
      }
      if (task.price === null) return
      held++
      const hold = holds.get(task.id)
      if (!hold || hold.closed || hold.amount !== task.price) fail(`${task.id} runs without its hold`)
    }
    for (const task of inFlight.iterate() as Iterable<Open>) {
      if (task.slot !== Number(task.attempt_id !== null))
        fail(`${task.id}: a slot without an attempt, or the other way`)
      if (task.due_at === null) fail(`${task.id} runs but is never due`)
      readOpen(task)
    }
    for (const task of followed.iterate() as Iterable<Open>) readOpen(task)
    if (held !== openHolds) {
      const doubtful = (endedInDoubt.all() as string[]).filter(id => holds.get(id)?.closed === false) // ids are text
      if (held + doubtful.length !== openHolds)
        fail(`${openHolds} holds, ${held} tasks in flight, ${doubtful.length} in doubt`)
    }
    for (const asked of [channels, keys])
      for (const { id, in_flight: counted, max_concurrency: most } of asked.iterate() as Iterable<Counter>) {
        if (counted !== (taken.get(id) ?? 0))
          fail(`${id} counts ${counted} slots, its tasks hold ${taken.get(id) ?? 0}`)
        if (most !== null && counted > most + (beyond.get(id) ?? 0)) fail(`${id} has ${counted} of ${most} slots taken`)
      }
  }

  function readAccounts() {
    let rows = 0
    for (const {
      key_id: keyId,
      window_start: window,
      held,
      spent,
      carriedOver
    } of accounts.iterate() as Iterable<BudgetAccount>) {
      rows++
      const sums = total(keyId, window)
      if (sums.held !== held || sums.spent !== spent)
        fail(`${keyId} counts ${held} held and ${spent} spent, the ledger says ${sums.held} and ${sums.spent}`)
      const most = budgetOf(keyId)
      if (most !== undefined && held + spent + carriedOver > most)
        fail(`${keyId} is over its budget: ${held} + ${spent}`)
    }
    if (rows !== totals.size) fail(`${totals.size} accounts in the ledger, ${rows} counted`)
  }

  const wasGivenUp = ({ error_code: code }: Ended) => code === 'cancelled' || code === 'expired'

  return {
    /** How often something had changed, and everything was looked at. */
    looks: () => looks,

    check() {
      const now = version.get()
      // nothing was committed since
      if (now === lastVersion) return
      lastVersion = now
      looks++
      readLedger()
      readHappenings()
      readFlight()
      readAccounts()
    }
  }
}

interface Counter {
  id: string
  in_flight: number
  max_concurrency: number | null
}

interface BudgetAccount {
  key_id: string
  window_start: number
  held: number
  spent: number
  carriedOver: number
}
