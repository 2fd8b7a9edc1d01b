import { Readable } from 'node:stream'
import { createTarDecoder, createTarPacker } from 'modern-tar'

/** A file of a tar archive. */
export interface Entry {
  name: string
  /** bytes */
  size: number
  body: AsyncIterable<Uint8Array>
}

/** Yields the bytes of a tar archive of these files, no faster than they are read. Throws when a body has another size than its entry says. */
export async function* pack(entries: AsyncIterable<Entry>): AsyncGenerator<Uint8Array> {
  const { readable, controller } = createTarPacker()
  const written = writeAll(entries, controller).catch((error: unknown) => controller.error(error))
  yield* readable
  await written
}

async function writeAll(entries: AsyncIterable<Entry>, controller: ReturnType<typeof createTarPacker>['controller']) {
  for await (const { name, size, body } of entries) {
    const writer = controller.add({ name, size, type: 'file', mode: 0o600 }).getWriter()
    for await (const chunk of body) {
      await writer.ready
      await writer.write(chunk)
    }
    await writer.close()
  }
  controller.finalize()
}

/** Yields the files of a tar archive, each to be read to its end before the next. Throws when it is damaged, cut short, or has anything but files. */
export async function* unpack(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const { readable, writable } = createTarDecoder({ strict: true })
  const fed = ReadableStream.from(archive).pipeTo(writable)
  // the error of a source that fails is the one to report
  fed.catch(() => {})
  try {
    for await (const { header, body } of readable) {
      if (header.type !== 'file') throw new Error(`${header.name} is not a file`)
      yield { name: header.name, size: header.size, body }
    }
  } catch (error) {
    await fed
    throw error
  }
  await fed
}

/** Returns a text as the body of an entry. */
export function textEntry(name: string, text: string): Entry {
  const bytes = Buffer.from(text)
  return { name, size: bytes.length, body: Readable.from([bytes]) }
}
