import type { FastifyRequest } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Vault } from '../../lib/vault.ts'

const LIFE_MS = 24 * 60 * 60 * 1000

interface Dependencies {
  vault: Vault
  publicUrl: string | undefined
  /** the key whose task this is; throws video_not_found */
  ownerOf(taskId: string): Promise<Key>
  now(): number
}

/** Links to results that need no header: signed, and they expire. */
export function createLinks({ vault, publicUrl, ownerOf, now }: Dependencies) {
  const text = (id: string, expires: string) => `content:${id}:${expires}`

  return {
    /** `origin`: where the request came to, used unless PUBLIC_URL says otherwise. */
    make(id: string, origin: string): string {
      // whole hours: the same poll gives the same link for a while
      const expires = String(Math.ceil((now() + LIFE_MS) / 3_600_000) * 3600)
      const base = (publicUrl ?? origin).replace(/\/+$/, '')
      return `${base}/v1/videos/${id}/content?expires=${expires}&signature=${vault.signLink(text(id, expires))}`
    },

    /** The key that a request's link stands in for; null: it carries none. Throws invalid_api_key when it is not ours, or is over. */
    identify(request: FastifyRequest): Promise<Key> | null {
      // true because the route has an id, and Fastify's parser gives an object
      const { id } = request.params as { id: string }
      const query = request.query as Record<string, unknown>
      if (query.signature === undefined) return null
      if (isGood(id, query)) return ownerOf(id)
      throw new ApiError('invalid_api_key', {
        message: 'This link is not valid any more. Poll the video for a fresh one.'
      })
    }
  }

  function isGood(id: string, { expires, signature }: Record<string, unknown>): boolean {
    if (typeof expires !== 'string' || typeof signature !== 'string') return false
    return Number(expires) * 1000 > now() && vault.verifyLink(text(id, expires), signature)
  }
}

export type Links = ReturnType<typeof createLinks>
