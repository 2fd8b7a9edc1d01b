import type { Vault } from '../../lib/vault.ts'

const LIFE_MS = 24 * 60 * 60 * 1000

/** Links to results that need no header: signed, and they expire. */
export function createLinks({ vault, publicUrl, now }: { vault: Vault; publicUrl: string | undefined; now(): number }) {
  const text = (id: string, expires: string) => `content:${id}:${expires}`

  return {
    /** `origin`: where the request came to, used unless PUBLIC_URL says otherwise. */
    make(id: string, origin: string): string {
      // whole hours: the same poll gives the same link for a while
      const expires = String(Math.ceil((now() + LIFE_MS) / 3_600_000) * 3600)
      const base = (publicUrl ?? origin).replace(/\/+$/, '')
      return `${base}/v1/videos/${id}/content?expires=${expires}&signature=${vault.signLink(text(id, expires))}`
    },

    /** Whether a request's query is a link of ours to this video that still lives. */
    isGood(id: string, query: Record<string, unknown>): boolean {
      const { expires, signature } = query
      if (typeof expires !== 'string' || typeof signature !== 'string') return false
      return Number(expires) * 1000 > now() && vault.verifyLink(text(id, expires), signature)
    }
  }
}

export type Links = ReturnType<typeof createLinks>
