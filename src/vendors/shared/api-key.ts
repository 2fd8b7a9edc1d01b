import type { ChannelConfig, CredentialSpec, HttpRequest } from '../vendor.ts'

/** A credential that is one secret string. */
export const apiKey: CredentialSpec = {
  fields: [{ name: 'api_key', label: 'API key', secret: true }],
  parse(text) {
    const key = text.trim()
    return key && !/\s/.test(key) ? { api_key: key } : null
  }
}

/** Adds `authorization: <scheme> <api key>`. */
export function withApiKey(request: HttpRequest, channel: ChannelConfig, scheme = 'Bearer'): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization: `${scheme} ${channel.credential.api_key}` } }
}
