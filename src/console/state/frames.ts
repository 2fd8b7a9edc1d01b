import { useEffect, useState } from 'react'
import { addressOf } from '../api/client.ts'

/*
 * Pictures of finished videos that have none: a frame is drawn here, and stored for everyone. At most four at a time: many decoders at once are
 * slow, and give black pictures.
 */

const AT_ONCE = 4
const WIDTH = 320
const AT_SECONDS = 1
const TOO_LONG = 20_000
const MOST_BYTES = 40_000

const drawn = new Map<string, Promise<string | null>>()
const waiting: (() => void)[] = []
let busy = 0

/** Returns the address of a frame of a video, drawn when `wanted`; null until there is one. */
export function useFrame(id: string, wanted: boolean): string | null {
  const [frame, setFrame] = useState<string | null>(null)
  useEffect(() => {
    if (!wanted) return undefined
    let left = false
    const drawing = drawn.get(id) ?? inTurn(() => draw(id))
    drawn.set(id, drawing)
    void drawing.then(address => left || setFrame(address))
    return () => {
      left = true
    }
  }, [id, wanted])
  return frame
}

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (busy >= AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
  busy++
  try {
    return await work()
  } finally {
    busy--
    waiting.shift()?.()
  }
}

async function draw(id: string): Promise<string | null> {
  const video = document.createElement('video')
  try {
    video.muted = true
    video.preload = 'auto'
    video.src = addressOf(`/v1/videos/${id}/content`)
    await happens(video, 'loadeddata')
    // drawn before the seek is done it would be black
    video.currentTime = Math.min(AT_SECONDS, video.duration / 2)
    await happens(video, 'seeked')
    const canvas = document.createElement('canvas')
    canvas.width = WIDTH
    canvas.height = Math.round((WIDTH * video.videoHeight) / video.videoWidth)
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
    const picture = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/webp', 0.7))
    if (!picture) return null
    if (picture.size <= MOST_BYTES) store(id, picture)
    return URL.createObjectURL(picture)
  } catch {
    return null
  } finally {
    video.removeAttribute('src')
    video.load()
  }
}

function happens(video: HTMLVideoElement, name: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the video does not load')), TOO_LONG)
    video.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true })
    video.addEventListener('error', () => (clearTimeout(timer), reject(new Error('the video cannot be played'))), {
      once: true
    })
  })
}

/** Whoever may not store it has drawn it for themselves. */
function store(id: string, picture: Blob) {
  void globalThis
    .fetch(addressOf(`/admin/tasks/${id}/thumbnail`), {
      method: 'PUT',
      headers: { 'content-type': 'image/webp', 'x-reelay-console': '1' },
      body: picture
    })
    .catch(() => undefined)
}
