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
import { withoutTrailing } from '../lib/trailing.ts'

const DAY = 86_400_000
const PART = 8 * 1024 * 1024
// a viewer that pauses occupies a connection
const CONNECTIONS = 1000

/**
 * An archive in a bucket of S3 or a compatible service: `s3://bucket/prefix?endpoint=https://…&region=…` (default region: us-east-1).
 * Credentials are found by the AWS SDK (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, a role). `timeoutMs` limits one request, with one part of a
 * file. Throws when the URL has no bucket or its endpoint is not http(s).
 */
export function openS3(url: string, { timeoutMs = 120_000 } = {}): Archive {
  const { bucket, prefix, endpoint, region } = parseLocation(url)
  const client = new S3Client({
    region,
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    // the newer default adds chunk framing, which Swift refuses and others store as part of the file
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // the SDK's defaults are no timeout and 50 connections
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, 10_000),
      requestTimeout: timeoutMs,
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
    // one by one: the batch call requires an MD5, which the SDK no longer sends
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
      throw new Error(`${name} arrived with ${arrived ?? 0} of ${bytes} bytes`)
    },

    async read(name, { start, end }) {
      const { Body } = await client.send(new GetObjectCommand({ ...at(name), Range: `bytes=${start}-${end}` }))
      return Body as Readable // true because in Node the SDK returns a readable stream
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
  if (bucket === '') throw new Error('ARCHIVE_URL has no bucket; use s3://bucket/prefix')
  const endpoint = searchParams.get('endpoint')
  if (endpoint !== null && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new Error('the endpoint in ARCHIVE_URL must begin with http:// or https://')
  const folders = withoutTrailing(decodeURIComponent(pathname), '/').replace(/^\/+/, '')
  return {
    bucket,
    prefix: folders && `${folders}/`,
    endpoint,
    region: searchParams.get('region') ?? 'us-east-1'
  }
}

/** Judged by the status, because answers to HEAD have no body that could name the error. */
function answeredNotFound(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404
}

/** Another node may have removed it first. */
function unlessNotFound(error: unknown): void {
  if (!answeredNotFound(error)) throw error
}
