import { McpServer } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import { failureAnswer, priceList } from './answer.ts'
import { GatewayError, type Gateway, type Video } from './gateway.ts'
import { addTools, type Host, type Tool } from './tools.ts'

interface Options extends Omit<Host, 'prices'> {
  version: string
  /** whether the descriptions will be read, which name the prices */
  isListing: boolean
}

const instructions =
  'reelay makes videos with the models of several vendors. Making a video costs money: ask for it once, and wait with get_video. When a call fails or its answer is lost, repeat it with the same idempotency_key: it is never paid twice.'

/** Returns an MCP server with the tools over a gateway, for one client. */
export async function createMcpServer({ version, isListing, ...host }: Options): Promise<McpServer> {
  const server = new McpServer(
    { name: 'reelay', title: 'reelay', version },
    { instructions, capabilities: { tools: { listChanged: false } } }
  )
  const prices = isListing ? await pricesOf(host.gateway) : null
  addTools({ ...host, prices }, <Input extends z.ZodType>(tool: Tool<Input>) => {
    const { name, title, description, output, reads, run } = tool
    const input: z.ZodType = tool.input
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: input,
        outputSchema: output,
        annotations: { title, readOnlyHint: reads, destructiveHint: name === 'cancel_video', openWorldHint: !reads }
      },
      async (given, { mcpReq: { signal, notify, _meta: { progressToken } = {} } }) => {
        const onProgress = progressToken === undefined ? undefined : createProgress()
        try {
          // true because the SDK has parsed it by `input`
          return await run(given as z.output<Input>, { signal, onProgress })
        } catch (error) {
          if (error instanceof GatewayError) return failureAnswer(`${error.message} (${error.code})`)
          throw error
        }

        /** Clients want numbers that grow: a percentage that stands still is not told. */
        function createProgress() {
          let last = -1
          return async ({ progress, status, metadata: { queue_position: position } }: Video) => {
            if (progress <= last) return
            last = progress
            const message = position === undefined ? status.replace('_', ' ') : `queued, at position ${position}`
            await notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100, message } })
          }
        }
      }
    )
  })
  return server
}

/** The tools are of use without their prices. */
const pricesOf = async (gateway: Gateway) =>
  gateway.models().then(priceList, (error: unknown) => {
    if (error instanceof GatewayError) return null
    throw error
  })
