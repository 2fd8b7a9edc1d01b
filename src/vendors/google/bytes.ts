import { isUrl } from '../shared/images.ts'
import type { HttpRequest, Step, VideoRequest } from '../vendor.ts'

/** Returns the step that sends a request with its images as bytes: Google accepts no URLs. Other schemes (`gs://`) stay as they are. */
export function withBytes(video: VideoRequest, request: (ready: VideoRequest) => HttpRequest): Step {
  const urls = [...new Set(video.images.map(({ source }) => source).filter(isUrl))]
  if (!urls.length) return { kind: 'send', request: request(video) }
  return {
    kind: 'fetch',
    urls,
    next(files) {
      // a data URL would be copied, 27 MB each; the type can be read from the bytes
      const images = video.images.map(image => {
        const file = files[image.source]
        return file ? { ...image, source: file.base64 } : image
      })
      const left = images.find(({ source }) => isUrl(source))
      if (!left) return { kind: 'send', request: request({ ...video, images }) }
      const message = `image: ${left.source} could not be downloaded.`
      return { status: 'rejected', failure: { kind: 'invalid_request', message, param: 'image' } }
    }
  }
}
