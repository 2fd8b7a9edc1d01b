import { randomBytes, randomInt } from 'node:crypto'
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { lowestId } from '../lib/ids.ts'
import type { Capability, SubmitRequest } from './request.ts'
import { sceneFor, type SceneName } from './scenes.ts'

/** A video the sandbox has accepted. */
export interface Operation extends SubmitRequest {
  /** 18 digits like Kling's: too large for a double */
  id: string
  capability: Capability
  /** the unguessable part of the file's path */
  token: string
  /** milliseconds */
  acceptedAt: number
  /** the number of polls; counted only when a fault depends on it */
  polls: number
}

/** Texts by name, the same for all nodes. */
export interface SharedState {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  /** deletes what begins with `prefix` and sorts before `name` */
  prune(prefix: string, name: string): Promise<void>
}

export type Operations = ReturnType<typeof openOperations>

/**
 * Opens the accepted operations. With a file they survive the process: one JSON line per operation and per counted poll, written
 * before the call is answered (to the kernel, not the disk: it must survive a kill, not a power cut). With shared state every node answers
 * for all operations.
 */
export function openOperations(file: string | undefined, now: number, shared?: SharedState) {
  const byId = new Map<string, Operation>()
  const byExternalId = new Map<string, Operation>()
  const add = (operation: Operation) => {
    byId.set(operation.id, operation)
    if (operation.externalId) byExternalId.set(operation.externalId, operation)
  }
  const write = (line: Line) => {
    if (file) appendFileSync(file, `${JSON.stringify(line)}\n`)
  }

  const stored = file ? readState(file, now) : { operations: [], port: 0 }
  for (const operation of stored.operations) add(operation)
  if (file) rewrite(file, stored.operations)

  return {
    /** The port of the last process, so that its links can keep working; 0 when unknown. */
    lastPort: stored.port,

    servedFrom(port: number): void {
      write({ port })
    },

    /** Newest first. */
    list: () => [...byId.values()].reverse(),

    /** Finds an operation by its id or the client's (kling.md §3). */
    async find(id: string): Promise<Operation | undefined> {
      const known = byId.get(id) ?? byExternalId.get(id)
      if (known || !shared) return known
      const operation = await readShared(shared, id)
      if (operation) add(operation)
      return operation
    },

    async accept(capability: Capability, request: SubmitRequest, acceptedAt: number): Promise<Operation> {
      const token = randomBytes(24).toString('base64url')
      const operation = { ...request, id: newId(acceptedAt, byId), capability, token, acceptedAt, polls: 0 }
      add(operation)
      write(operation)
      if (shared) await writeShared(shared, operation)
      return operation
    },

    /** Counts a poll of an operation whose faults depend on polls. */
    countPoll(operation: Operation): void {
      operation.polls++
      write({ polled: operation.id })
    }
  }
}

/** Returns the operations of a file as shared state, for a database that gets several nodes. */
export function sharedStateOf(file: string, now: number): { name: string; value: string }[] {
  return readState(file, now).operations.flatMap(operation => [
    { name: sharedById(operation.id), value: JSON.stringify(operation) },
    ...(operation.externalId ? [{ name: sharedByExternalId(operation.externalId), value: operation.id }] : [])
  ])
}

/** Older versions wrote no scene. */
type StoredOperation = Omit<Operation, 'scene'> & { scene?: SceneName }
type Line = StoredOperation | { polled: string } | { port: number }

// Kling purges results after 30 days (kling.md §2.6)
const RETENTION_MS = 30 * 86_400_000

const sharedById = (id: string) => `sandbox:id:${id}`
const sharedByExternalId = (id: string) => `sandbox:external:${id}`

async function writeShared(shared: SharedState, operation: Operation): Promise<void> {
  await shared.set(sharedById(operation.id), JSON.stringify(operation))
  if (operation.externalId) await shared.set(sharedByExternalId(operation.externalId), operation.id)
  // both ids begin with their time
  const old = operation.acceptedAt - RETENTION_MS
  await shared.prune(sharedById(''), sharedById(String(old)))
  await shared.prune(sharedByExternalId('att_'), sharedByExternalId(lowestId('att', old)))
}

async function readShared(shared: SharedState, id: string): Promise<Operation | undefined> {
  const text = await shared.get(sharedById((await shared.get(sharedByExternalId(id))) ?? id))
  return text === undefined ? undefined : (JSON.parse(text) as Operation) // true because only `writeShared` writes it
}

function readState(file: string, now: number): { operations: Operation[]; port: number } {
  const operations = new Map<string, Operation>()
  let port = 0
  for (const line of textOf(file).split('\n').map(parseLine)) {
    if (!line) continue
    if ('id' in line) operations.set(line.id, { ...line, scene: line.scene ?? sceneFor('') })
    else if ('port' in line) port = line.port
    else {
      const operation = operations.get(line.polled)
      if (operation) operation.polls++
    }
  }
  return { operations: [...operations.values()].filter(({ acceptedAt }) => now - acceptedAt < RETENTION_MS), port }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** Returns null for a line that a kill has cut short. */
function parseLine(line: string): Line | null {
  try {
    return line ? (JSON.parse(line) as Line) : null // true because nothing else writes this file
  } catch {
    return null
  }
}

/** Rewrites the file with complete lines, without old operations. */
function rewrite(file: string, operations: readonly Operation[]): void {
  const lines = operations.map(operation => `${JSON.stringify(operation)}\n`)
  writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function newId(now: number, taken: Map<string, Operation>): string {
  for (;;) {
    const id = `${now}${randomInt(100_000).toString().padStart(5, '0')}`
    if (!taken.has(id)) return id
  }
}
