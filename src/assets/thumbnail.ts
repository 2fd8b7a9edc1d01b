import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether ffmpeg is installed; it is optional. */
export async function findFfmpeg(): Promise<boolean> {
  return run('ffmpeg', ['-version'], { timeout: 5000 }).then(
    () => true,
    () => false
  )
}

/** Writes a video's first frame as a WebP image, at most 640 pixels wide. Throws when ffmpeg fails or takes 30 seconds. */
export async function firstFrame(video: string, image: string): Promise<void> {
  await run(
    'ffmpeg',
    ['-v', 'error', '-y', '-i', video, '-frames:v', '1', '-vf', "scale='min(640,iw)':-2", '-f', 'webp', image],
    { timeout: 30_000 }
  )
}
