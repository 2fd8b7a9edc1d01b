import type { Config } from '../config.ts'
import type { Channel, Endpoint } from '../db/index.ts'
import { readAddress } from '../lib/address-file.ts'
import type { Vault } from '../lib/vault.ts'
import { isAlive } from './alive.ts'
import { attempt, ok, problem, type Check } from './check.ts'
import { checkPublicUrl } from './public-url.ts'
import { openReach, type Reached } from './reach.ts'

/* The checks of `doctor` that send requests: to vendors, receivers of webhooks, the archive, and to ourselves. None of them costs anything. */

/** What a server, or the command line with the services of one, can try out. */
export interface Probes {
  testChannel(id: string): Promise<{ ok: boolean; free: boolean; message: string }>
  testArchive(): Promise<{ ok: boolean; error: string | null }>
  close(): Promise<void>
}

export type OpenProbes = () => Promise<Probes>

interface Options {
  config: Config
  now: number
  channels: readonly { channel: Channel; check: Check }[]
  endpoints: readonly Endpoint[]
  vault: Vault
  openProbes: OpenProbes
}

const CLOCK_SLACK_MS = 60_000
const MOST_RECEIVERS = 20

/** Runs the checks, those of hosts at the same time. The lines of `channels` come with what their vendors say. */
export async function checkLive({ config, now, channels, endpoints, vault, openProbes }: Options): Promise<Check[]> {
  const reach = openReach(config.OUTBOUND_ALLOW)
  const probes = await openProbes()
  try {
    const used = channels.filter(({ channel, check }) => check.ok && !channel.disabled && !channel.builtIn)
    const vendorHosts = [...new Set(used.map(({ channel }) => new URL(channel.baseUrl).origin))]
    const reached = await Promise.all(vendorHosts.map(async host => ({ host, found: await reach.try(host) })))
    const receivers = [...new Set(endpoints.filter(one => !one.disabled).map(({ url }) => new URL(url).origin))]
    return [
      ...reached.map(({ host, found }) => vendorHost(host, found)),
      ...(await Promise.all(
        channels.map(async one => (used.includes(one) ? credential(one.channel, one.check, probes) : one.check))
      )),
      ...clockOf(reached, now),
      await attempt('archive storage', () => archive(config, probes)),
      ...(await Promise.all(
        receivers.slice(0, MOST_RECEIVERS).map(async host => receiver(host, await reach.try(host)))
      )),
      await attempt('public URL', () => publicUrl(config, vault, now))
    ]
  } finally {
    await Promise.all([reach.close(), probes.close()])
  }
}

const vendorHost = (origin: string, { error, ms }: Reached): Check => {
  const name = `host ${new URL(origin).host}`
  return error === null
    ? ok(name, `answers, in ${ms} ms`)
    : problem(
        name,
        `does not answer: ${error}. Check DNS, the firewall and base_url; some vendors have a host for China.`
      )
}

/** The stored check of a channel, with what its vendor says of the credential. */
const credential = async (channel: Channel, check: Check, probes: Probes): Promise<Check> =>
  attempt(check.name, async () => {
    const found = await probes.testChannel(channel.id)
    if (found.ok) return ok(check.name, `${check.message}; ${found.message}`)
    return problem(
      check.name,
      `${found.message} If the credential is wrong, set it: reelay channels set ${channel.name} --credential-file …`
    )
  })

/** Vendors refuse signatures of a wrong time. The nearest of their clocks counts: one of them may be wrong itself. */
function clockOf(reached: readonly { host: string; found: Reached }[], now: number): Check[] {
  const apart = reached
    .filter(({ found }) => found.date !== null)
    .map(({ host, found }) => ({ host, ms: now + found.ms - (found.date ?? 0) }))
    .toSorted((a, b) => Math.abs(a.ms) - Math.abs(b.ms))[0]
  if (!apart) return []
  const seconds = Math.round(Math.abs(apart.ms) / 1000)
  const text = `${seconds} s ${apart.ms < 0 ? 'behind' : 'ahead of'} ${new URL(apart.host).host}`
  return Math.abs(apart.ms) > CLOCK_SLACK_MS
    ? [problem('clock of vendors', `this clock is ${text}. Set it, and let NTP keep it.`)]
    : [ok('clock of vendors', 'this clock agrees')]
}

async function archive({ ARCHIVE_URL }: Config, { testArchive }: Probes): Promise<Check> {
  const name = 'archive storage'
  if (ARCHIVE_URL === 'off') return ok(name, 'off: videos are only at their vendors, whose links expire')
  const { ok: isWell, error } = await testArchive()
  return isWell
    ? ok(name, 'a file was written, read and deleted')
    : problem(name, `${error}. Check ARCHIVE_URL and its credentials.`)
}

const receiver = (origin: string, { error, ms }: Reached): Check => {
  const name = `webhooks ${new URL(origin).host}`
  return error === null
    ? ok(name, `answers, in ${ms} ms`)
    : problem(name, `does not answer: ${error}. Deliveries are tried for 72 hours; ask the owner of the endpoint.`)
}

async function publicUrl({ PUBLIC_URL: url, DATA_DIR }: Config, vault: Vault, now: number): Promise<Check> {
  const name = 'public URL'
  if (url === undefined)
    return ok(name, 'PUBLIC_URL is not set: links name the address that clients call, and vendors cannot call back')
  const local = readAddress(DATA_DIR)
  if (local === null || !(await isAlive(local))) return ok(name, `${url}; not tried, because no server runs here`)
  return checkPublicUrl(url, vault, now)
}
