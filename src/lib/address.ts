import ipaddr from 'ipaddr.js'

export type Cidr = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Private addresses an operator permits: networks, and host names (`*.internal` permits every name below). */
export interface Allow {
  networks: readonly Cidr[]
  hosts: readonly string[]
}

/** `10.0.0.0/8, 192.168.1.5, vllm.internal` → networks and hosts. Throws an Error that names the part that is neither. */
export function parseAllow(text: string): Allow {
  const parts = text
    .split(',')
    .map(part => part.trim().toLowerCase())
    .filter(Boolean)
  const networks: Cidr[] = []
  const hosts: string[] = []
  for (const part of parts) {
    const network = parseNetwork(part)
    if (network) networks.push(network)
    else if (/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(part)) hosts.push(part)
    else throw new Error(`${part} is neither a network (10.0.0.0/8) nor a host name`)
  }
  return { networks, hosts }
}

/** Parses a CIDR or a single address; one that is mapped into IPv6 is read as IPv4. Returns null when the text is neither. */
export function parseNetwork(text: string): Cidr | null {
  if (ipaddr.isValidCIDR(text)) return unmapped(ipaddr.parseCIDR(text))
  const bare = text.replace(/^\[|\]$/g, '')
  if (!ipaddr.isValid(bare)) return null
  const address = ipaddr.process(bare)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

// ::ffff:10.0.0.0/104 is 10.0.0.0/8; a shorter prefix is neither IPv4 nor IPv6
function unmapped([address, bits]: Cidr): Cidr | null {
  if (!(address instanceof ipaddr.IPv6) || !address.isIPv4MappedAddress()) return [address, bits]
  return bits < 96 ? null : [address.toIPv4Address(), bits - 96]
}

/** Whether an address is in one of the networks. An IPv4 address mapped into IPv6 counts as IPv4. */
export function inNetworks(address: string, networks: readonly Cidr[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const ip = ipaddr.process(address)
  return networks.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits))
}

/** The network that stands for one client: the IPv4 address itself, or the /64 of an IPv6 address, which is what one customer gets. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const ip = ipaddr.process(address)
  if (ip.kind() === 'ipv4') return ip.toString()
  return ip.toByteArray().slice(0, 8).join('.')
}
