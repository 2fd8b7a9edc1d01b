export { serveStdio } from '@modelcontextprotocol/server/stdio'
export { createMcpServer } from './server.ts'
