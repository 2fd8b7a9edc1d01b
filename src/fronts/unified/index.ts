import type { Front } from '../front.ts'
import { error, routesOf, varies } from '../documented/routes.ts'

/* The unified format. Sources: api.md §3 to §5; new-api's server for the envelope of its keys (documented/newapi.ts). */

export const unified = {
  id: 'unified',
  name: 'The unified format, as in new-api’s documents',
  base: '/v1',
  owns: /^(\/openai)?(\/v1)?\/video\/generations(\/|$)/,
  auth: '`Authorization: Bearer`',
  varies,
  routes: routesOf('/video/generations'),
  error,
  clients: [],
  limits: ['Keys whose dialect is `newapi` poll `/v1/video/generations/{id}` in the envelope of new-api’s server.']
} satisfies Front
