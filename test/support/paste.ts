import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import { packageRoot } from '../../src/lib/root.ts'

/* The examples in Markdown files, pasted as a reader would. */

/** The fenced blocks of a text whose info string is this, each with the heading it stands below. */
export function blocksIn(text: string, info: string): { title: string; code: string }[] {
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\`$`, 'gm')), ({ index, 1: code = '' }) => {
    const before = text.slice(0, index)
    return { title: before.slice(before.lastIndexOf('\n#')).split('\n')[1] ?? '', code }
  })
}

interface Places {
  /** a folder for what the code writes, with the packages that it imports */
  folder: string
  /** of the gateway */
  url: string
  /** of the vendor that stands in for Cloudsway */
  vendorUrl: string
  env: Record<string, string>
}

/** Runs code in a folder of its own, beside a picture `frame.png`; the reader's places and secrets become the test's. */
export async function paste(
  { folder, url, vendorUrl, env }: Places,
  code: string,
  program = 'bash',
  file = 'code.sh'
): Promise<{ output: string; video(): Buffer }> {
  const cwd = mkdtempSync(join(folder, 'paste-'))
  writeFileSync(join(cwd, 'frame.png'), png(640, 360))
  const text = code
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll('https://genaiapi.cloudsway.net', vendorUrl)
    .replaceAll('YOUR-ENDPOINT-PATH', 'EP')
    .replaceAll('npx reelay', `${process.execPath} ${join(packageRoot(), 'dist/main.js')}`)
  writeFileSync(join(cwd, file), text)
  const environment = { PATH: process.env.PATH, REELAY_URL: url, ...env }
  const { stdout, stderr } = await promisify(execFile)(program, [file], { cwd, env: environment, timeout: 60_000 })
  return { output: stdout + stderr, video: () => readFileSync(join(cwd, 'video.mp4')) }
}

/** A grey picture. */
function png(width: number, height: number): Buffer {
  const number = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    return Buffer.concat([number(data.length), body, number(crc32(body))])
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.concat([number(width), number(height), Buffer.from([8, 0, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height, 0x80))),
    chunk('IEND', Buffer.alloc(0))
  ])
}
