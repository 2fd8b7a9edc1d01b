import type { Event, Task } from '../../db/index.ts'
import { readStoredCallback } from '../../domain/events.ts'
import { UNKNOWN_TIME } from '../../domain/policy.ts'
import type { Front } from '../../fronts/front.ts'
import { fronts } from '../../fronts/index.ts'
import { intact } from '../../lib/damaged.ts'
import type { WrittenCallback } from '../../webhooks/deliver.ts'
import { asOf } from '../video/as-of.ts'
import { numbered } from '../video/presenter.ts'
import { progressOf, viewOf } from '../video/view.ts'

const noDialects = { keyDialect: 'auto', serverDialect: 'auto' } as const

/** Returns what writes callbacks in the words of fronts, for the outbox. `linkTo`: makes links to results. */
export function createCallbackWriter(linkTo: (id: string, origin: string) => string) {
  return (task: Task & { callbackFront: string }, event: Event): WrittenCallback | null => {
    const { front: id, origin } = readStoredCallback(task.callbackFront)
    const { callback }: Pick<Front, 'callback'> = fronts.find(front => front.id === id) ?? {}
    if (!callback) return null
    const isStart = event.type === 'video.in_progress'
    const then = { ...asOf(event, intact(task)), ...(isStart && { startedAt: event.createdAt }) }
    const video = viewOf(then, {
      progress: progressOf(then, { now: event.createdAt, typicalMs: UNKNOWN_TIME }),
      link: number => numbered(linkTo(task.id, origin), number)
    })
    const request = { params: {}, query: {}, headers: {}, body: undefined, requestId: event.id, origin, ...noDialects }
    const body = JSON.stringify(callback.write(video, request))
    return {
      body,
      ...(callback.challenge !== undefined && { challenge: { name: callback.challenge, value: event.id } }),
      sign: (secret, now) => callback.sign?.({ body, secret, time: Math.floor(now / 1000), id: event.id }) ?? {}
    }
  }
}
