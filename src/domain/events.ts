import type { Event, Role } from '../db/schema.ts'

/* What people are told, in the shape of OpenAI's webhook events. */

/** Every type there is, and whether it is about the gateway itself: those go to admin keys' endpoints. */
const types = {
  'video.completed': { admin: false },
  'video.failed': { admin: false },
  'budget.threshold_reached': { admin: false },
  'channel.disabled': { admin: true },
  'channel.recovered': { admin: true }
} as const

export type EventType = keyof typeof types

/** The types that a key of this role may subscribe to. */
export function eventTypesFor(role: Role): EventType[] {
  // true because they are the table's own names
  const names = Object.keys(types) as EventType[]
  return names.filter(name => role === 'admin' || !types[name].admin)
}

/** True for what every admin's endpoints hear of, whoever caused it. */
export function isForAdmins(type: string): boolean {
  return Object.hasOwn(types, type) && types[type as EventType].admin // hasOwn has just said so
}

/** The text that is signed and sent; the same for every try. */
export function bodyOf({ id, type, data, createdAt }: Pick<Event, 'id' | 'type' | 'data' | 'createdAt'>): string {
  return JSON.stringify({ id, object: 'event', created_at: Math.floor(createdAt / 1000), type, data })
}

/** The data of a test event: the shape of a real one, about nothing that exists. */
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
