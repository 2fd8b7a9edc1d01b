import type { Command } from 'commander'
import { lazily } from './lazily.ts'

export function mcpCommand(program: Command) {
  program
    .command('mcp')
    .description('serve the tools to an MCP client, over stdio')
    .addHelpText(
      'after',
      '\nIt works with the server of REELAY_URL, as the key in REELAY_KEY. MCP clients start it; stdin ends it.'
    )
    .action(lazily(async () => (await import('./run/mcp.ts')).serveMcp))
}
