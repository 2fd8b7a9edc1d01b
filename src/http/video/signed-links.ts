import type { FastifyRequest } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Vault } from '../../lib/vault.ts'
import { withoutTrailing } from '../../lib/trailing.ts'

const LIFE_MS = 24 * 60 * 60 * 1000

interface Making {
  vault: Vault
  publicUrl: string | undefined
  now(): number
}

interface Dependencies extends Making {
  /** the key that owns the task; throws video_not_found */
  ownerOf(taskId: string): Promise<Key>
}

const text = (id: string, expires: string) => `content:${id}:${expires}`

/** Returns a function that makes the link to a task's video. `origin`: the address of the server for its client, used without PUBLIC_URL. */
export function createLinkMaker({ vault, publicUrl, now }: Making) {
  return (id: string, origin: string): string => {
    // whole hours, so that polls return the same link for a while
    const expires = String(Math.ceil((now() + LIFE_MS) / 3_600_000) * 3600)
    const base = withoutTrailing(publicUrl ?? origin, '/')
    return `${base}/v1/videos/${id}/content?expires=${expires}&signature=${vault.signLink(text(id, expires))}`
  }
}

/** Signed links to results, which need no Authorization header and expire. */
export function createLinks({ vault, publicUrl, ownerOf, now }: Dependencies) {
  return {
    /** Returns the link to a task's video. `origin`: that of the request, used without PUBLIC_URL. */
    make: createLinkMaker({ vault, publicUrl, now }),

    /** Returns the key that a request's signed link stands for; null: the request has none. Throws invalid_api_key when the link is invalid or expired. */
    identify(request: FastifyRequest): Promise<Key> | null {
      // true because the route has an id, and Fastify's parser gives an object
      const { id } = request.params as { id: string }
      const query = request.query as Record<string, unknown>
      if (query.signature === undefined) return null
      if (isValid(id, query)) return ownerOf(id)
      throw new ApiError('invalid_api_key', {
        message: 'This link is invalid or has expired. Retrieve the video to get a new one.'
      })
    }
  }

  function isValid(id: string, { expires, signature }: Record<string, unknown>): boolean {
    if (typeof expires !== 'string' || typeof signature !== 'string') return false
    return Number(expires) * 1000 > now() && vault.verifyLink(text(id, expires), signature)
  }
}

export type Links = ReturnType<typeof createLinks>
