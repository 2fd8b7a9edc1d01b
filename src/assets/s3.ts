import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  S3Client,
  S3ServiceException
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Archive } from './archive.ts'

const DAY = 86_400_000
const PART = 8 * 1024 * 1024
// a viewer that pauses holds its connection
const CONNECTIONS = 1000

/**
 * Objects in a bucket of S3 or anything that speaks it. `s3://bucket/prefix?endpoint=https://…&region=…` (us-east-1 when none is named);
 * credentials as the AWS SDK finds them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, a role). `patience` is how many milliseconds one
 * request, with one part of a file, may wait for its answer. Throws when the URL names no bucket or its endpoint is not http(s).
 */
export function openS3(url: string, { patience = 120_000 } = {}): Archive {
  const { bucket, prefix, endpoint, region } = parseLocation(url)
  const client = new S3Client({
    region,
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    // the newer defaults send chunk framing that Swift refuses and others store inside the file
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // the SDK's own: no timeout at all, and 50 connections
    requestHandler: {
      connectionTimeout: Math.min(patience, 10_000),
      requestTimeout: patience,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: CONNECTIONS },
      httpsAgent: { maxSockets: CONNECTIONS }
    }
  })
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name })

  const size: Archive['size'] = async name => {
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand(at(name)))
      return ContentLength ?? null
    } catch (error) {
      if (answeredNotFound(error)) return null
      throw error
    }
  }

  const remove: Archive['remove'] = async name => {
    // one by one: the batch call wants an MD5 that the SDK no longer sends
    await client.send(new DeleteObjectCommand(at(name)))
  }

  return {
    size,
    remove,

    async put(name, path, bytes, contentType) {
      const { size: local } = await stat(path)
      if (local !== bytes) throw new Error(`${name} has ${local} bytes instead of ${bytes}`)
      const body = createReadStream(path)
      try {
        await new Upload({
          client,
          params: { ...at(name), Body: body, ContentType: contentType },
          partSize: PART,
          queueSize: 2
        }).done()
      } finally {
        body.destroy()
      }
      const arrived = await size(name)
      if (arrived === bytes) return
      await remove(name).catch(() => undefined)
      throw new Error(`${name} arrived with ${arrived ?? 'none'} of ${bytes} bytes`)
    },

    async read(name, { start, end }) {
      const { Body } = await client.send(new GetObjectCommand({ ...at(name), Range: `bytes=${start}-${end}` }))
      return Body as Readable // in Node the SDK answers with a readable stream
    },

    async sweep(now) {
      let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {}
      while (from) {
        const page: ListMultipartUploadsCommandOutput = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, ...(prefix && { Prefix: prefix }), ...from })
        )
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (now - (Initiated?.getTime() ?? now) <= DAY) continue
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch(unlessNotFound)
        }
        from =
          page.IsTruncated && page.NextKeyMarker
            ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? '' }
            : null
      }
    }
  }
}

function parseLocation(url: string) {
  const { hostname: bucket, pathname, searchParams } = new URL(url)
  if (bucket === '') throw new Error('ARCHIVE_URL names no bucket: s3://bucket/prefix')
  const endpoint = searchParams.get('endpoint')
  if (endpoint !== null && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new Error('the endpoint in ARCHIVE_URL must begin with http:// or https://')
  const folders = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '')
  return {
    bucket,
    prefix: folders && `${folders}/`,
    endpoint,
    region: searchParams.get('region') ?? 'us-east-1'
  }
}

/** HEAD answers have no body, so no name of an error either: only the status tells. */
function answeredNotFound(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404
}

/** Another node swept it first. */
function unlessNotFound(error: unknown): void {
  if (!answeredNotFound(error)) throw error
}
