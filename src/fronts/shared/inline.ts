/** Files up to this size are in answers as base64, where a route has them. */
export const INLINE_LIMIT_MB = 25
