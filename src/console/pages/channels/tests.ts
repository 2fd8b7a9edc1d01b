import { useState } from 'react'
import { post } from '../../api/client.ts'
import type { Channel, ChannelTest } from '../../api/types/index.ts'

export type Tested = 'running' | { ok: boolean; message: string; ms: number | null }

/** The free tests of this visit, by the channel's id. */
export function useTests() {
  const [tests, setTests] = useState<Readonly<Record<string, Tested>>>({})
  const set = (id: string, tested: Tested) => setTests(before => ({ ...before, [id]: tested }))

  async function test({ id }: Channel) {
    set(id, 'running')
    try {
      const { ok, message, latency_ms: ms } = await post<ChannelTest>(`/admin/channels/${id}/test`)
      set(id, { ok, message, ms: ms ?? null })
    } catch (error) {
      set(id, { ok: false, message: error instanceof Error ? error.message : String(error), ms: null })
    }
  }

  return {
    tests,
    test: (channel: Channel) => void test(channel),
    testAll: (channels: readonly Channel[]) => void Promise.all(channels.map(test))
  }
}
