import { statfsSync } from 'node:fs'

/** Returns how many bytes the disk with a folder has, and how many of them are free to us. */
export function diskSpace(folder: string): { free: number; total: number } {
  const { bavail, bsize, blocks } = statfsSync(folder)
  return { free: bavail * bsize, total: blocks * bsize }
}
