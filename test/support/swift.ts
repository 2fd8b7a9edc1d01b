import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, onTestFinished, vi } from 'vitest'

// Debian's Python, which has Debian's Swift; another one may come first in PATH
const PYTHON = '/usr/bin/python3'
const SERVER = join(import.meta.dirname, 'swift-s3.py')

const KEY = 'test:tester'
const SECRET = 'a-secret-of-the-test'
/** The region that Swift says it is: a signature for another one is refused. */
export const REGION = 'eu-test-1'

export type Swift = Awaited<ReturnType<typeof startSwift>>

/**
 * Starts OpenStack Swift with its S3 API, which checks every signature, on a free port of 127.0.0.1 with a folder of its own.
 * It ends with this process, whatever ends that.
 */
export async function startSwift() {
  const folder = mkdtempSync(join(tmpdir(), 'swift-'))
  let { child, exited, port } = await launch(folder)
  const url = `http://127.0.0.1:${port}`
  const client = new S3Client({
    region: REGION,
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // the SDK's own: none
    requestHandler: { requestTimeout: 60_000, throwOnRequestTimeout: true }
  })
  let buckets = 0

  return {
    url,
    /** signs with the right secret, for a look behind the archive's back */
    client,

    async newBucket(): Promise<string> {
      const bucket = `bucket-${++buckets}`
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return bucket
    },

    /** As a power cut would; what was acknowledged is there after `restart`. */
    async kill() {
      child.kill('SIGKILL')
      await exited
    },

    async restart() {
      ;({ child, exited } = await launch(folder, port))
    },

    async close() {
      client.destroy()
      child.stdin.end()
      await exited
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function launch(folder: string, ...wanted: string[]) {
  const child = spawn(PYTHON, [SERVER, folder, ...wanted], {
    env: { S3_KEY: KEY, S3_SECRET: SECRET, S3_REGION: REGION },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  const exited = once(child, 'exit')
  const [port] = await Promise.race([once(child.stdout, 'data'), exited.then(() => [])])
  if (port === undefined) throw new Error(`Swift did not start:\n${said}`)
  return { child, exited, port: String(port).trim() }
}

/** What the SDK finds in its environment until the test is over. */
export function withCredentials({ key = KEY, secret = SECRET } = {}): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', key)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
  onTestFinished(() => void vi.unstubAllEnvs())
}

/** `describe` where Swift is installed. Elsewhere one line says what is skipped; under CI its tests run all the same, and fail. */
export const describeWithSwift = isInstalled() || process.env.CI ? describe : skipped()

function isInstalled(): boolean {
  return spawnSync(PYTHON, ['-c', 'import swift.common.middleware.s3api']).status === 0
}

function skipped() {
  console.warn(
    'Swift is not installed (apt-get install --no-install-recommends python3-swift): tests of S3 are skipped'
  )
  return describe.skip
}
