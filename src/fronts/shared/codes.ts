import type { Refusal } from '../front.ts'

/** A wire's codes for our errors. */
export interface Codes<Code extends string | number> {
  /** by our code, with the HTTP status */
  named: Readonly<Record<string, readonly [code: Code, status: number]>>
  /** of all others that the client causes; they keep their status */
  request: Code
  /** of all others that the server causes */
  server: Code
}

/** Returns the wire's code and status for a refusal. What a repetition cannot mend is no 5xx: clients repeat those by themselves. */
export function codeOf<Code extends string | number>(
  { named, request, server }: Codes<Code>,
  { code: ours, status: sent, shouldRetry }: Pick<Refusal, 'code' | 'status' | 'shouldRetry'>
): { code: Code; status: number } {
  const [code, status] = named[ours] ?? [sent >= 500 ? server : request, sent]
  return { code, status: status >= 500 && shouldRetry === false ? 400 : status }
}
