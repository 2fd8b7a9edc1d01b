import { z } from 'zod'
import { ok, type Answer, type Section } from '../operation.ts'
import { ApiErrorBody } from '../shapes/shared.ts'
import { Gateway, Health } from '../shapes/system.ts'

const page: Answer = { description: 'A page.', types: { 'text/html': 'HTML.' } }
const message = z.looseObject({ jsonrpc: z.literal('2.0') }).describe('A message of JSON-RPC.')
const anything = z.unknown().describe('What the vendor expects.')

export const server: Section = {
  name: 'Server',
  description: 'Health, pages, this reference, and what vendors call.',
  operations: {
    'GET /': {
      access: 'public',
      id: 'root',
      summary: 'Find your way',
      answers: {
        200: { description: 'Links, for programs.', schema: Gateway },
        302: { description: 'To the console, for browsers.', headers: ['Location'] }
      }
    },
    'GET /livez': {
      access: 'public',
      id: 'livez',
      summary: 'Whether the process answers',
      answers: ok(Health, '`ok`')
    },
    'GET /readyz': {
      access: 'public',
      id: 'readyz',
      summary: 'Whether it takes requests',
      description: 'For load balancers: 503 while it stops, or when the database cannot be reached or written.',
      answers: { 200: { description: '`ok`', schema: Health }, 503: { description: 'What is wrong.', schema: Health } }
    },
    'GET /openapi.json': {
      access: 'public',
      id: 'openapiJson',
      summary: 'This reference as JSON',
      answers: ok(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1.')
    },
    'GET /openapi.yaml': {
      access: 'public',
      id: 'openapiYaml',
      summary: 'This reference as YAML',
      answers: { 200: { description: 'OpenAPI 3.1.', types: { 'application/yaml': 'OpenAPI 3.1.' } } }
    },
    'GET /config.schema.json': {
      access: 'public',
      id: 'configSchema',
      summary: 'The JSON Schema of configuration files',
      description: 'For editors: begin `gateway.yaml` with `# yaml-language-server: $schema=…/config.schema.json`.',
      answers: ok(z.looseObject({ $schema: z.string() }), 'A JSON Schema.')
    },
    'GET /docs': {
      access: 'public',
      id: 'docs',
      summary: 'The documentation',
      answers: { 200: page, 302: { description: 'To `/docs/`, when the slash is missing.', headers: ['Location'] } }
    },
    'GET /docs/{page}': {
      access: 'public',
      id: 'docsPage',
      summary: 'A guide, or a file of the documentation',
      answers: {
        200: {
          description: 'The page or file.',
          types: { 'text/html': 'A guide.', 'text/css': 'Styles.', 'text/javascript': 'A script.' }
        }
      },
      errors: ['not_found']
    },
    'GET /console': { access: 'public', id: 'console', summary: 'The console', answers: { 200: page } },
    'GET /console/{path}': {
      access: 'public',
      id: 'consolePage',
      summary: 'A page or file of the console',
      answers: { 200: { description: 'The page or file.', types: { '*/*': 'The page or file.' } } },
      errors: ['not_found']
    },
    'POST /mcp': {
      access: 'key',
      id: 'mcp',
      summary: 'The tools for programs that speak MCP',
      description:
        'Model Context Protocol over streamable HTTP, without sessions: `generate_video`, `image_to_video`, `get_video`, `list_videos`, `cancel_video`, `list_models`, `estimate_video`. Budget, models and limits of the key apply.',
      needs: 'tasks:read',
      headers: ['x-reelay-key'],
      body: {
        schema: message,
        examples: {
          'Call a tool': {
            jsonrpc: '2.0',
            id: 1,
            method: 'tools/call',
            params: { name: 'generate_video', arguments: { prompt: 'A paper boat on a river', duration: 5 } }
          }
        }
      },
      answers: {
        200: {
          description: 'The answer.',
          schema: message,
          types: { 'text/event-stream': 'Progress, and the answer.' }
        },
        202: { description: 'A notification was received.' },
        400: { description: 'The message is not valid.', schema: z.union([message, ApiErrorBody]) },
        404: { description: 'There is no such method.', schema: z.union([message, ApiErrorBody]) },
        406: { description: '`Accept` must name application/json and text/event-stream.', schema: message }
      }
    },
    'POST /callbacks/{channel}/{token}': {
      access: 'public',
      id: 'receiveCallback',
      summary: 'Receive a callback of a vendor',
      description:
        'Vendors call this when a video has changed. It makes the gateway poll at once; what it says is not trusted.',
      answers: ok(anything, 'It was received.'),
      errors: ['not_found', 'invalid_request', 'request_too_large']
    },
    'GET /callbacks/{channel}/{token}': {
      access: 'public',
      id: 'receiveCallbackByGet',
      summary: 'Receive a callback of a vendor (GET)',
      answers: ok(anything, 'It was received.'),
      errors: ['not_found', 'invalid_request']
    }
  }
}
