/* The part of autocannon that the benchmark uses; the package brings no types. */
declare module 'autocannon' {
  interface Asked {
    method: string
    path: string
    headers: Record<string, string>
    body?: string
  }
  interface Client {
    setRequests(requests: Asked[]): void
  }
  interface Options {
    url: string
    connections: number
    duration: number
    method: string
    headers: Record<string, string>
    sampleInt?: number
    setupClient?(client: Client): void
  }
  interface Result {
    '2xx': number
    non2xx: number
    errors: number
    throughput: { total: number }
  }
  interface Run extends Promise<Result> {
    on(event: 'response', listener: (client: Client, status: number, bytes: number, milliseconds: number) => void): void
  }
  export default function autocannon(options: Options): Run
}
