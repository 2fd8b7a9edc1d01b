import { CREATE, finished, makeTask, seed, startGateway } from '../gateway.ts'
import { startClient } from '../load.ts'
import { compare, median, round, type Pair, type Row, type Side } from '../slices.ts'
import { anchor, type Context } from './context.ts'

const CONNECTIONS = 32
const POLLS_PER_SECOND = 100

/** B: durable submits against a relay that writes nothing down, and how polls fare beside them. */
export async function submits({ client, vendor, effort }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const template = await makeTask(gateway)
  // what is known of the model: two minutes a video, so that no poll of the submitted tasks falls into the run
  const [ended = ''] = seed(gateway.folder, template, { count: 60, row: finished(vendor.url) })
  const kept = await anchor('undici-relay', vendor.url)
  const fresh = await anchor('undici-relay', vendor.url, 'fresh')

  const headers = { ...gateway.member, 'content-type': 'application/json' }
  const post = ({ url, pid }: { url: string; pid: number }, path: string): Side => ({
    pid,
    order: {
      kind: 'load',
      url,
      paths: [path],
      method: 'POST',
      headers,
      body: CREATE,
      connections: CONNECTIONS,
      seconds: 1
    }
  })
  const relayed = '/v1/ai/EP/kling/videos/text2video'
  const pairs: Pair[] = [
    {
      name: 'B durable submit (no goal: submits never reuse a connection)',
      anchorName: 'undici relay, kept connections',
      candidate: post(gateway, '/v1/videos'),
      anchor: post(kept, relayed)
    },
    {
      name: 'B durable submit',
      anchorName: 'undici relay, connection per request',
      goal: 0.5,
      candidate: post(gateway, '/v1/videos'),
      anchor: post(fresh, relayed)
    }
  ]

  const poller = await startClient()
  try {
    const rows = await compare(client, pairs, effort)
    const beside: Record<'gateway' | 'relay', number[]> = { gateway: [], relay: [] }
    for (let number = 0; number < Math.max(2, effort.rounds / 2); number++) {
      for (const [name, { url }, side] of [
        ['relay', fresh, pairs[1]!.anchor],
        ['gateway', gateway, pairs[1]!.candidate]
      ] as const) {
        const paced = {
          kind: 'paced',
          url: `${url}/v1/videos/${ended}`,
          headers: gateway.member,
          rate: POLLS_PER_SECOND,
          seconds: 1.5
        } as const
        const [polled] = await Promise.all([
          poller.run(paced),
          client.run({ ...side.order, connections: 8, seconds: 1.5 } as typeof side.order) // the same kind of order, fewer connections
        ])
        if (polled.bad) throw new Error(`${polled.bad} polls failed beside submits`)
        beside[name].push(polled.p99)
      }
    }
    const times = median(beside.gateway) / median(beside.relay)
    const row: Row = {
      name: 'B p99 of polls while submitting (lower is better)',
      anchor: 'the same at the relay, no database',
      rate: round(times),
      goal: 1.5,
      met: times <= 1.5 * 1.1,
      detail: `${round(median(beside.gateway))} ms, relay ${round(median(beside.relay))} ms; 8 submitters, ${POLLS_PER_SECOND} polls/s`
    }
    return [...rows, row]
  } finally {
    poller.stop()
    await Promise.all([gateway, kept, fresh].map(server => server.stop()))
  }
}
