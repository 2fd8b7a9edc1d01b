import { z } from 'zod'
import type { EventType } from '../../domain/events.ts'
import { seconds } from './shapes/shared.ts'

/* The events that are posted to webhook endpoints, and to the callback_url of a request. */

interface EventText {
  summary: string
  description: string
  data: z.ZodType
  example: object
}

const video = z.object({ id: z.string().describe('The id of the video. Retrieve it for everything else.') })
const videoExample = { id: 'video_019a5f3c8e1b7000a1b2c3d4e5f60718' }
const channel = z.object({ id: z.string(), reason: z.string().nullable() })
const channelExample = { id: 'chan_019a5f0000007000800000000000000b' }

export const eventTexts: Readonly<Record<EventType, EventText>> = {
  'video.completed': {
    summary: 'A video is finished',
    description: 'To the endpoints of the key that created it, and to the `callback_url` of its request.',
    data: video,
    example: videoExample
  },
  'video.failed': {
    summary: 'A video failed',
    description:
      'Also when it was cancelled or expired. To the endpoints of the key that created it, and to its `callback_url`.',
    data: video,
    example: videoExample
  },
  'budget.threshold_reached': {
    summary: 'A budget is used up to a threshold',
    description: 'To the endpoints of the key that has the budget.',
    data: z.object({ id: z.string().describe('The id of the key.'), threshold: z.number().describe('Percent.') }),
    example: { id: 'key_019a5f0000007000800000000000000a', threshold: 80 }
  },
  'channel.disabled': {
    summary: 'A channel was disabled',
    description: 'To the endpoints of admin keys.',
    data: channel,
    example: { ...channelExample, reason: 'auth' }
  },
  'channel.recovered': {
    summary: 'A channel works again',
    description: 'To the endpoints of admin keys.',
    data: channel,
    example: { ...channelExample, reason: null }
  }
}

/** Returns the shape of the body of an event. */
export const eventBody = (type: EventType) =>
  z
    .object({
      id: z.string().describe('The same on every attempt.'),
      object: z.literal('event'),
      created_at: seconds,
      type: z.literal(type),
      data: eventTexts[type].data
    })
    .meta({ examples: [exampleOf(type)] })

const exampleOf = (type: EventType) => ({
  id: 'evt_019a5f3d7c2e7000b1c2d3e4f5061728',
  object: 'event',
  created_at: 1767000060,
  type,
  data: eventTexts[type].example
})

/** The headers of every event, as Standard Webhooks defines them. */
export const eventHeaders: Readonly<Record<string, string>> = {
  'webhook-id': 'The id of the event: ignore one that you have processed already.',
  'webhook-timestamp': 'Unix seconds of this attempt.',
  'webhook-signature':
    '`v1,` and a base64 HMAC-SHA256 of `id.timestamp.body`, for each valid secret, separated by spaces.'
}
