import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { JsonError, parseStrictJson } from '../../lib/strict-json.ts'
import { BODY_LIMIT, formLimits, isFile, readForm } from './form.ts'

/* The two formats of a body, JSON and multipart. Both become a plain object. */

export const bodyParsers = fp(
  async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()

    app.addHook('onRequest', async request => {
      const encoding = request.headers['content-encoding']
      if (encoding && encoding.toLowerCase() !== 'identity')
        throw new ApiError('unsupported_media_type', {
          message: 'Compressed bodies are not supported. Send the body uncompressed.'
        })
    })

    app.addContentTypeParser(
      /^application\/json\b/i,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => {
        const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
        if (charset && !/^utf-?8$/i.test(charset))
          throw new ApiError('unsupported_media_type', { message: 'JSON must be encoded in UTF-8.' })
        // SDKs send the content type on DELETE without a body
        if (body.length === 0) return undefined
        try {
          return parseStrictJson(body)
        } catch (error) {
          if (error instanceof JsonError) throw new ApiError('invalid_request', { message: error.message })
          throw error
        }
      }
    )

    await app.register(multipart, { limits: formLimits, isPartAFile: isFile, throwFileSizeLimit: false })
    app.addHook('preValidation', async request => {
      if (request.isMultipart()) request.body = await readForm(request)
    })
  },
  { name: 'body-parsers' }
)

export { BODY_LIMIT }
