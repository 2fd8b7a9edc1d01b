import { randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import type { Command } from 'commander'
import { loadClientConfig } from '../config.ts'
import { version } from '../lib/version.ts'
import { GatewayError } from '../mcp/gateway.ts'
import { openHttp } from './client.ts'
import { usage } from './exit.ts'
import { readImageFile } from './image-file.ts'
import { createHttpGateway } from './mcp-gateway.ts'
import { note } from './print.ts'

export function mcpCommand(program: Command) {
  program
    .command('mcp')
    .description('serve the tools to an MCP client, over stdio')
    .addHelpText(
      'after',
      '\nIt works with the server of REELAY_URL, as the key in REELAY_KEY. MCP clients start it; stdin ends it.'
    )
    .action(serve)
}

async function serve(): Promise<void> {
  const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
  if (url === undefined || key === undefined) throw usage('Set REELAY_URL and REELAY_KEY: the server, and a key of it.')
  const { createMcpServer, serveStdio } = await import('../mcp/stdio.ts')
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
