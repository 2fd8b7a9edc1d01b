const extensions: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/3gpp': '3gp',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'video/mp2t': 'ts',
  'video/mpeg': 'mpg',
  'video/x-msvideo': 'avi',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif'
}

/** Media types of videos, most usual first. */
export const videoTypes = Object.keys(extensions).filter(type => type.startsWith('video/'))

/** Returns the extension of a file name for a media type, without the dot; `mp4` for types that are not listed, which are videos. */
export const extensionOf = (mediaType: string): string => extensions[mediaType] ?? 'mp4'
