import { ask, type Client } from './client.ts'
import type { Channel } from './find.ts'
import { say, style } from './print.ts'

interface Tested {
  ok: boolean
  free: boolean
  message: string
}

/** Lets the server check the credential of a channel. */
export const testChannel = (client: Client, { id }: Channel) =>
  ask<Tested>(client, 'POST', `/admin/channels/${id}/test`)

export function tellTest({ ok, free, message }: Tested) {
  if (ok) say(`${style(free ? 'green' : 'yellow', free ? 'ok' : 'not tested')}  ${message}`)
  else say(`${style('red', 'problem')}  ${message}`)
}
