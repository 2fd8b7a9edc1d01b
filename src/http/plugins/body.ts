import type { IncomingMessage } from 'node:http'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { giveBack } from '../../lib/give-back.ts'
import { inTurn } from '../../lib/in-turn.ts'
import { JsonError, parseStrictJson } from '../../lib/strict-json.ts'
import { formLimits, isFile, readForm } from './form.ts'
import { intakes, readBody, type IntakeOptions } from './intake.ts'

/* The two formats of a body, JSON and multipart. Both become a plain object. */

// reading more takes milliseconds
const LARGE = 1024 * 1024

export const bodyParsers = fp(
  async (app: FastifyInstance, options: IntakeOptions) => {
    app.removeAllContentTypeParsers()
    await app.register(intakes, options)

    app.addHook('onRequest', async request => {
      const encoding = request.headers['content-encoding']
      if (encoding && encoding.toLowerCase() !== 'identity')
        throw new ApiError('unsupported_media_type', {
          message: 'Compressed bodies are not supported. Send the body uncompressed.'
        })
    })

    app.addContentTypeParser(/^application\/json\b/i, async (request: FastifyRequest, payload: IncomingMessage) => {
      const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
      if (charset && !/^utf-?8$/i.test(charset))
        throw new ApiError('unsupported_media_type', { message: 'JSON must be encoded in UTF-8.' })
      const body = await readBody(request, payload)
      // SDKs send the content type on DELETE without a body
      if (body.length === 0) return undefined
      try {
        return body.length > LARGE ? await inTurn(() => parseStrictJson(body)) : parseStrictJson(body)
      } catch (error) {
        if (error instanceof JsonError) throw new ApiError('invalid_request', { message: error.message })
        throw error
      } finally {
        giveBack(body)
      }
    })

    await app.register(multipart, { limits: formLimits, isPartAFile: isFile, throwFileSizeLimit: false })
    app.addHook('preValidation', async request => {
      if (request.isMultipart()) request.body = await readForm(request)
    })
  },
  { name: 'body-parsers' }
)
