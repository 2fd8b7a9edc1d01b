import { vendors, type Vendor } from '../../src/vendors/index.ts'

const all: readonly Vendor[] = Object.values(vendors)

/** Returns the vendors that have a service in China and one abroad, as a Markdown table: the address of each, and where its keys are made. */
export function regionTable(): string {
  const rows = all.flatMap(vendor => {
    const { id, name, baseUrl, regions = [], keysUrl } = vendor
    const inRegion = (region: string) =>
      regions
        .filter(one => one.id === region)
        .map(one => `\`${one.baseUrl}\`${linkTo(one.keysUrl ?? (one.baseUrl === baseUrl ? keysUrl : undefined))}`)
        .join('; ')
    const [abroad, china] = [inRegion('global'), inRegion('cn')]
    return abroad && china ? [`| ${name} | \`${id}\` | ${abroad} | ${china} |\n`] : []
  })
  return `| vendor | \`vendor\` | abroad | China |\n|---|---|---|---|\n${rows.join('')}`
}

/** Returns all vendors as a Markdown table: what a channel at each needs. */
export function vendorTable(): string {
  const rows = all.map(({ id, name, baseUrl, credential, keysUrl, docsUrl }) => {
    const fields = credential.fields.map(({ name: field, optional }) => `\`${field}\`${optional ? ' (optional)' : ''}`)
    // an address that cannot exist stands for one that each account has for itself
    const address = new URL(baseUrl).hostname.endsWith('.invalid') ? 'of your own resource' : `\`${baseUrl}\``
    const documents = docsUrl === undefined ? '' : `[${new URL(docsUrl).hostname}](${docsUrl})`
    return `| ${[name, `\`${id}\``, address, fields.join(', '), linkTo(keysUrl).slice(2), documents].join(' | ')} |\n`
  })
  return `| vendor | \`vendor\` | \`base_url\` unless you set another | \`credential\` | keys | documents |\n|---|---|---|---|---|---|\n${rows.join('')}`
}

const linkTo = (url: string | undefined) => (url === undefined ? '' : `, [${new URL(url).hostname}](${url})`)
