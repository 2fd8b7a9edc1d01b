import type { Event, Role } from '../db/schema.ts'

/* The events that webhooks deliver, in the shape of OpenAI's webhook events. */

/** Every event type, and whether it is about the gateway itself: those go only to endpoints of admin keys. */
const types = {
  'video.completed': { admin: false },
  'video.failed': { admin: false },
  'budget.threshold_reached': { admin: false },
  'channel.disabled': { admin: true },
  'channel.recovered': { admin: true }
} as const

export type EventType = keyof typeof types

/** Returns the types that a key of this role may subscribe to. */
export function eventTypesFor(role: Role): EventType[] {
  // true because they are the table's own names
  const names = Object.keys(types) as EventType[]
  return names.filter(name => role === 'admin' || !types[name].admin)
}

/** Whether an event of this type goes to the endpoints of all admin keys, whichever key caused it. */
export function isForAdmins(type: string): boolean {
  return Object.hasOwn(types, type) && types[type as EventType].admin // true because of hasOwn
}

/** Returns the body that is signed and sent; the same for every attempt. */
export function bodyOf({ id, type, data, createdAt }: Pick<Event, 'id' | 'type' | 'data' | 'createdAt'>): string {
  return JSON.stringify({ id, object: 'event', created_at: Math.floor(createdAt / 1000), type, data })
}

/** Returns the data of a test event: shaped like a real one, with an id that does not exist. */
export function sampleData(type: EventType): Record<string, unknown> {
  switch (type) {
    case 'video.completed':
    case 'video.failed':
      return { id: 'video_00000000000070008000000000000000' }
    case 'budget.threshold_reached':
      return { id: 'key_00000000000070008000000000000000', threshold: 80 }
    case 'channel.disabled':
    case 'channel.recovered':
      return { id: 'chan_00000000000070008000000000000000', reason: type === 'channel.disabled' ? 'auth' : null }
  }
}

/** What a callback in a front's words tells of. */
export type Told = 'started' | 'ended'

/** A callback in a front's words. */
export interface FrontCallback {
  /** its id */
  front: string
  tells: readonly Told[]
  /** the address of the server as the client knew it, for links */
  origin: string
}

/** Returns it as it is stored with a task. */
export const storedCallback = ({ front, tells, origin }: FrontCallback) => [front, tells.join(), origin].join(' ')

/** Reads what is stored with a task. */
export function readStoredCallback(stored: string): FrontCallback {
  const [front = '', tells = '', origin = ''] = stored.split(' ')
  return { front, tells: (['started', 'ended'] as const).filter(told => tells.split(',').includes(told)), origin }
}

/** Whether a task's callback is called for an event. `stored`: of a callback in a front's words; null: it is in ours. */
export function isTold(stored: string | null, type: string): boolean {
  const told = type === 'video.in_progress' ? 'started' : isEnd(type) ? 'ended' : undefined
  if (stored === null) return told === 'ended'
  return told !== undefined && readStoredCallback(stored).tells.includes(told)
}

const isEnd = (type: string) => type === 'video.completed' || type === 'video.failed'

/** Whether endpoints can subscribe to an event of this type. */
export const isForEndpoints = (type: string) => Object.hasOwn(types, type)
