import { randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { loadClientConfig } from '../../config.ts'
import { version } from '../../lib/version.ts'
import { GatewayError } from '../../mcp/gateway.ts'
import { createMcpServer, serveStdio } from '../../mcp/stdio.ts'
import { usage } from '../exit.ts'
import { readImageFile } from '../image-file.ts'
import { createHttpGateway } from './mcp-gateway.ts'
import { note } from '../print.ts'
import { openHttp } from './http-client.ts'

export async function serveMcp(): Promise<void> {
  const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
  if (url === undefined || key === undefined) throw usage('Set REELAY_URL and REELAY_KEY: the server, and a key of it.')
  const client = openHttp(url, key)
  const gateway = createHttpGateway(client)
  const serving = serveStdio(
    () =>
      createMcpServer({
        gateway,
        monotonic: () => performance.now(),
        newKey: randomUUID,
        readImage,
        version: version(),
        isListing: true
      }),
    // stdout is the protocol's
    { onerror: error => note(error.message) }
  )
  await finished(process.stdin, { writable: false }).catch(() => {})
  await serving.close()
  await client.close()
}

function readImage(path: string): string {
  const read = readImageFile(path)
  if ('url' in read) return read.url
  throw new GatewayError('invalid_request', read.problem)
}
