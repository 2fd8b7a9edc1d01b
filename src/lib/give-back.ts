// smaller ones may share their memory with others, and are not worth it
const LARGE = 1024 * 1024

/**
 * Gives the memory of large bytes back at once: they have been read, and nobody may use them any more. The garbage collector takes its time with
 * memory outside the heap, and ten bodies of 60 MB are more than a small machine has.
 */
export function giveBack({ buffer }: Buffer): void {
  if (buffer.byteLength >= LARGE && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
