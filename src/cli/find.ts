import type { showChannel } from '../http/routes/admin/channels.ts'
import type { showKey } from '../http/routes/admin/keys.ts'
import { ask, askAll, named, type Client } from './client.ts'
import { CommandFailure } from './exit.ts'

/* Objects by what a person calls them: an id or a name. */

export type Key = ReturnType<typeof showKey>
export type Channel = ReturnType<typeof showChannel>

type Kind = 'key' | 'channel'

export const findKey = async (client: Client, wanted: string): Promise<Key> =>
  named(
    wanted.startsWith('key_')
      ? [await ask<Key>(client, 'GET', `/admin/keys/${encodeURIComponent(wanted)}`)]
      : await askAll<Key>(client, '/admin/keys'),
    wanted,
    'key'
  )

export const findChannel = async (client: Client, wanted: string): Promise<Channel> =>
  named(await askAll<Channel>(client, '/admin/channels'), wanted, 'channel')

/** Returns the id of a key or channel for a filter: also of one that was revoked or removed, if it made a video. */
export async function idOf(client: Client, kind: Kind, wanted: string): Promise<string> {
  if (wanted.startsWith(kind === 'key' ? 'key_' : 'chan_')) return wanted
  try {
    return (await (kind === 'key' ? findKey(client, wanted) : findChannel(client, wanted))).id
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    const [id, ...others] = await pastIds(client, kind, wanted)
    if (id === undefined || others.length) throw error
    return id
  }
}

/** Returns the ids of those with this name that made videos. */
async function pastIds(client: Client, kind: Kind, name: string): Promise<string[]> {
  const { data } = await ask<{ data: Line[] }>(client, 'GET', `/admin/usage?group_by=${kind}`)
  const ids = data.filter(({ names }) => names[kind] === name).map(line => line[kind])
  return [...new Set(ids.filter(id => typeof id === 'string'))]
}

type Line = Partial<Record<Kind, string | null>> & { names: Partial<Record<Kind, string>> }
