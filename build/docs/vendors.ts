import { vendors, type Vendor } from '../../src/vendors/index.ts'

/** Returns the table of vendors, as Markdown: what a channel at each needs. */
export function vendorTable(): string {
  const rows = Object.values(vendors).map(({ id, name, baseUrl, credential, facts }: Vendor) => {
    const fields = credential.fields.map(({ name: field, optional }) => `\`${field}\`${optional ? ' (optional)' : ''}`)
    // an address that cannot exist stands for one that each account has for itself
    const address = new URL(baseUrl).hostname.endsWith('.invalid') ? 'of your own resource' : `\`${baseUrl}\``
    return `| ${[name, `\`${id}\``, address, fields.join(', '), facts.source].join(' | ')} |\n`
  })
  return `| vendor | \`vendor\` | \`base_url\` unless you set another | \`credential\` | documents |\n|---|---|---|---|---|\n${rows.join('')}`
}
