/** An admin key that every server of the tests knows. */
export const ADMIN_KEY = 'sk-test-admin-0123456789abcdefghij'

/** What a server of the tests is told unless its test says otherwise: it knows no vendor but the test's own. */
export const environment = {
  HOST: '127.0.0.1',
  PORT: '0',
  ADMIN_KEY,
  OUTBOUND_ALLOW: '127.0.0.0/8',
  SANDBOX: 'off',
  // copies and thumbnails are archiver's business: its tests turn them on
  ARCHIVE_URL: 'off'
}
