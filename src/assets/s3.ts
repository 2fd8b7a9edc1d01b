import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Archive } from './archive.ts'

const DAY = 86_400_000
const PART = 8 * 1024 * 1024

/**
 * Objects in a bucket of S3 or anything that speaks it. `s3://bucket/prefix?endpoint=https://…&region=…`; credentials as the AWS SDK finds
 * them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, a role).
 */
export function openS3(url: string): Archive {
  const { hostname: bucket, pathname, searchParams } = new URL(url)
  const prefix = pathname.replace(/^\/|\/$/g, '')
  const endpoint = searchParams.get('endpoint')
  const client = new S3Client({
    region: searchParams.get('region') ?? 'us-east-1',
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    // the newer defaults send chunk framing that Swift refuses and others store inside the file
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED'
  })
  const at = (name: string) => ({ Bucket: bucket, Key: prefix ? `${prefix}/${name}` : name })

  const size: Archive['size'] = async name => {
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand(at(name)))
      return ContentLength ?? null
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFound') return null
      throw error
    }
  }

  return {
    size,

    async put(name, path, bytes, contentType) {
      const body = createReadStream(path)
      await new Upload({
        client,
        params: { ...at(name), Body: body, ContentType: contentType },
        partSize: PART,
        queueSize: 2
      }).done()
      const arrived = await size(name)
      if (arrived !== bytes) throw new Error(`${name} has ${arrived} bytes instead of ${bytes}`)
    },

    async read(name, { start, end }) {
      const { Body } = await client.send(new GetObjectCommand({ ...at(name), Range: `bytes=${start}-${end}` }))
      return Body as Readable // in Node the SDK answers with a readable stream
    },

    async remove(name) {
      // one by one: the batch call wants an MD5 that the SDK no longer sends
      await client.send(new DeleteObjectCommand(at(name)))
    },

    async sweep(now) {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, ...(prefix && { Prefix: prefix }) })
      )
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (now - (Initiated?.getTime() ?? now) > DAY)
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
      }
    }
  }
}
