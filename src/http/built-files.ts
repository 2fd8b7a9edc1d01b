import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json'
}

// by preference: browsers accept brotli on HTTPS and localhost only
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' }
]

/** The files of a folder that the build made. Only names that were there at the start are served, so no path can lead elsewhere. */
export function openBuiltFiles(folder: string) {
  const names = new Set(filesIn(folder))

  return {
    has: (name: string) => names.has(name),

    /** Sends a file, compressed if the build did that and the client reads it. */
    async send(name: string, request: FastifyRequest, reply: FastifyReply) {
      const accepted = String(request.headers['accept-encoding'] ?? '')
      const encoding = encodings.find(one => accepted.includes(one.name) && names.has(name + one.suffix))
      if (encoding) reply.header('content-encoding', encoding.name)
      return reply
        .type(types[extname(name)] ?? 'application/octet-stream')
        .headers({
          // names below assets contain a hash of their content
          'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          vary: 'Accept-Encoding',
          'x-content-type-options': 'nosniff'
        })
        .send(await readFile(join(folder, name + (encoding?.suffix ?? ''))))
    }
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
  } catch {
    return []
  }
}
