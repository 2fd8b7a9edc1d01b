/* The encryption context (additional authenticated data) of each encrypted field: copied into another row or column, it does not decrypt. */

export const credentialContext = (channelId: string) => `channels:${channelId}:credential`

export const callbackSecretContext = (keyId: string) => `keys:${keyId}:callback_secret`

export const endpointSecretsContext = (endpointId: string) => `endpoints:${endpointId}:secrets`
