export { createMcpHandler } from '@modelcontextprotocol/server'
export { createMcpServer } from './server.ts'
