import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A stretch of network before a server on 127.0.0.1, which can break at a given byte of what clients send, or change one. */
export async function startGate(target: string) {
  const { port } = new URL(target)
  const open = new Set<Socket>()
  const gate = {
    url: '',
    /** bytes that still pass towards the server; then every connection breaks */
    left: Infinity,
    /** how many connections break before all is well again */
    breaks: Infinity,
    /** what is made of bytes on their way to the server */
    change: (chunk: Buffer): Buffer => chunk,
    /** bytes that have passed towards the server */
    passed: 0,

    /** Everything passes again. */
    mend() {
      gate.left = gate.breaks = Infinity
    },

    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }

  const server = createServer(client => {
    const upstream = connect(Number(port), '127.0.0.1')
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', end).on('close', () => {
        open.delete(socket)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      const passing = chunk.subarray(0, Math.min(chunk.length, gate.left))
      gate.left -= passing.length
      gate.passed += passing.length
      if (passing.length < chunk.length) {
        // what has passed arrives, and then nothing more
        upstream.write(gate.change(passing), end)
        if (--gate.breaks <= 0) gate.mend()
      } else if (!upstream.write(gate.change(chunk))) {
        client.pause()
        upstream.once('drain', () => client.resume())
      }
    })
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a server that listens on TCP has an address with a port
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return gate
}
