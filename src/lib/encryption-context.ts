/* The encryption context (additional authenticated data) of each encrypted field: copied into another row or column, it does not decrypt. */

/** The context of a channel's credential. */
export const credentialContext = (channelId: string) => `channels:${channelId}:credential`

/** The context of a key's secret for callback_url. */
export const callbackSecretContext = (keyId: string) => `keys:${keyId}:callback_secret`

/** The context of the value by which a database knows its SECRET_KEY. */
export const CANARY_CONTEXT = 'meta:canary:value'

/** The context of what API keys are hashed with, once SECRET_KEY was rotated. */
export const HASHING_KEY_CONTEXT = 'meta:hashing_key:value'

/** The context of an endpoint's signing secrets. */
export const endpointSecretsContext = (endpointId: string) => `endpoints:${endpointId}:secrets`

/** Of the cookie that a browser keeps while its person is at the identity provider. */
export const signInContext = 'cookie:oidc'
