import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { dataFolder, finished, makeTask, seed, startGateway } from '../gateway.ts'
import { memoryOf, resetPeak } from '../machine.ts'
import { start, type Running } from '../processes.ts'
import { compare, round, type Pair, type Row, type Side } from '../slices.ts'
import { anchor, type Context } from './context.ts'

const MB = 1_000_000
const SLOW_CLIENTS = 40

/** C: files of finished tasks, passed through from the vendor. */
export async function content({ client, vendor, effort, quick }: Context): Promise<Row[]> {
  const bytes = (quick ? 200 : 400) * MB
  const gateway = await startGateway(vendor.url)
  const template = await makeTask(gateway)
  const [id] = seed(gateway.folder, template, { count: 1, row: finished(vendor.url, bytes) })
  const relay = await anchor('undici-relay', vendor.url)
  const nginx = await startNginx(vendor.url)
  const side = ({ url, pid }: Running, path: string): Side => ({
    pid,
    order: { kind: 'download', url: url + path, headers: gateway.member, streams: 1, seconds: 60 }
  })
  const pair = (anchorName: string, goal: number, server: Running): Pair => ({
    name: 'C one stream',
    anchorName,
    goal,
    unit: 'bytes',
    candidate: side(gateway, `/v1/videos/${id}/content`),
    anchor: side(server, `/files/${bytes}.mp4`)
  })
  try {
    const pairs = [pair('undici pipe', 0.95, relay), ...(nginx ? [pair('nginx proxy_pass', 0.45, nginx)] : [])]
    const memory = await slowClients()
    return [...(await compare(client, pairs, { ...effort, seconds: 60 })), memory]
  } finally {
    await Promise.all([gateway.stop(), relay.stop(), nginx?.stop()])
  }

  async function slowClients(): Promise<Row> {
    await pause(1000)
    const idle = memoryOf(gateway.pid)
    resetPeak(gateway.pid)
    const order = { ...side(gateway, `/v1/videos/${id}/content`).order, streams: SLOW_CLIENTS, seconds: quick ? 5 : 20 }
    const { bad } = await client.run({ ...order, durations: MB } as typeof order) // still a download
    if (bad) throw new Error(`${bad} slow downloads failed`)
    const grown = memoryOf(gateway.pid, 'peak') - idle
    return {
      name: `C memory, ${SLOW_CLIENTS} slow clients (lower is better)`,
      anchor: 'MB over idle',
      rate: round(grown),
      goal: 100,
      met: grown <= 110,
      detail: `idle ${round(idle)} MB, ${SLOW_CLIENTS} streams of 1 MB/s`
    }
  }
}

/** nginx with its usual buffering, one process; null where it is not installed. */
async function startNginx(origin: string): Promise<Running | null> {
  if (spawnSync('nginx', ['-v']).status !== 0) return null
  const folder = dataFolder()
  const port = await freePort()
  mkdirSync(join(folder, 'temp'))
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/temp;`)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
     events {}
     http { access_log off; ${temp.join(' ')}
       server { listen 127.0.0.1:${port}; location / { proxy_pass ${origin}; proxy_http_version 1.1; } } }`
  )
  const url = `http://127.0.0.1:${port}`
  const script = `echo ${url}; exec nginx -c ${folder}/nginx.conf -e ${folder}/error.log`
  const nginx = await start(['-c', script], { command: 'sh' })
  while (!(await fetch(`${url}/lags`).catch(() => null))) await pause(10)
  return nginx
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  await new Promise(resolve => server.close(resolve))
  return port
}
