import { describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../src/upstream/public-address.ts'
import { createGuard } from '../../src/upstream/guard.ts'
import { guardAllowing } from './servers.ts'

describe('without OUTBOUND_ALLOW', () => {
  const guard = guardAllowing('')

  test.each([
    'https://api.vidu.com/ent/v2/img2video',
    'https://example.com/hook?a=1&b=%20c#d',
    'HTTPS://EXAMPLE.COM/',
    'https://example.com.:443/',
    'https://example.com:8443/hook',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://münchen.example/視頻.mp4',
    'https://a_b.s3.cn-northwest-1.amazonaws.com.cn/x'
  ])('%s may be called', url => {
    expect(guard.check(url)).toBeNull()
  })

  test.each([
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'must be an https:// URL'],
    ['https://u:p@example.com/', 'must not contain a user name or password'],
    ['https://example.com:22/', 'must use port 443 or 8443'],
    ['https://10.0.0.1/', 'must not be a private or reserved address'],
    ['https://exa mple.com/', 'must not contain spaces'],
    [`https://example.com/${'a'.repeat(2029)}`, 'must have at most 2048 characters']
  ])('%s: %s', (url, reason) => {
    expect(guard.check(url)).toContain(reason)
  })

  test('a longer limit admits signed links', () => {
    expect(guard.check(`https://example.com/?signature=${'a'.repeat(4000)}`, 16_384)).toBeNull()
  })
})

describe('with OUTBOUND_ALLOW', () => {
  const guard = guardAllowing('10.0.0.0/8, 127.0.0.1, fd00::/8, vllm, *.corp.internal')

  test.each([
    'http://10.1.2.3/',
    'http://10.1.2.3:8000/v1',
    'https://10.1.2.3/',
    'http://127.0.0.1:3000/',
    'http://localhost:3000/',
    'http://[fd00::1]:8000/',
    'http://[::ffff:10.0.0.1]/',
    'http://vllm:8000/',
    'http://VLLM:8000/',
    'https://a.b.corp.internal/'
  ])('%s may be called', url => {
    expect(guard.check(url)).toBeNull()
  })

  test.each([
    'http://192.168.0.1/',
    'http://127.0.0.2/',
    'http://[::1]/',
    'http://other:8000/',
    'http://corp.internal/',
    'http://evilcorp.internal/',
    'http://vllm.example.com/',
    'http://user@10.1.2.3/',
    'ftp://10.1.2.3/',
    'http://[::10.0.0.1]/'
  ])('%s may not', url => {
    expect(guard.check(url)).not.toBeNull()
  })

  test('localhost needs one of its own addresses in the list', () => {
    expect(guardAllowing('10.0.0.0/8').check('http://localhost/')).not.toBeNull()
    expect(guardAllowing('::1').check('http://localhost/')).toBeNull()
  })
})

test('a trusted origin is that origin only', () => {
  const guard = createGuard({
    allow: { networks: [], hosts: [] },
    trusted: origin => origin === 'http://127.0.0.1:4000'
  })
  expect(guard.check('http://127.0.0.1:4000/v1/ai/x')).toBeNull()
  expect(guard.check('http://127.0.0.1:4001/')).not.toBeNull()
  expect(guard.check('https://127.0.0.1:4000/')).not.toBeNull()
})

test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '::ffff:8.8.8.8'])(
  '%s is public',
  address => {
    expect(isPublicAddress(address)).toBe(true)
  }
)

// ipaddr.js calls these unicast
test.each(['::7f00:1', '168.63.129.16', '::ffff:168.63.129.16', '100:0:0:1::1', '4000::1', 'no address', ''])(
  '%j is not public',
  address => {
    expect(isPublicAddress(address)).toBe(false)
  }
)
