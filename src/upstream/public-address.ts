import ipaddr from 'ipaddr.js'

/** Whether an IP address in text form is an ordinary address of the public internet. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv4') return address.toString() !== AZURE_WIRE_SERVER
  // only 2000::/3 is allocated; ipaddr calls the rest unicast too, e.g. ::7f00:1, the IPv4-compatible form of 127.0.0.1
  return address.match(GLOBAL_UNICAST, 3)
}

// in a public range, but it is the Azure host's agent (Microsoft: "What is IP address 168.63.129.16?")
const AZURE_WIRE_SERVER = '168.63.129.16'
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::')
