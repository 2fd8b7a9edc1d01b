import { gzipSync } from 'node:zlib'
import { ADMIN_KEY } from '../support/environment.ts'
import { field, file, png } from '../support/wire.ts'
import { form, json, type Request } from './requests.ts'

/* What no client should send, and what it is told. */

/** `key` absent: a member's; `id` stands for somebody else's video in paths. */
export type Case = [
  title: string,
  request: Request & { key?: string },
  answer: [status: number, code: string, param?: string]
]

const ok = { model: 'kling-v1', prompt: 'a cat' }
const with_ = (more: object) => json({ ...ok, ...more })
const text = (body: string) => json(body)
const get = (path: string, headers: Request['headers'] = {}): Request => ({ path, headers })
const prompt = field('prompt', 'a cat')
const model = field('model', 'kling-v1')
const MEGABYTE = 1024 * 1024
const tooLarge = png(20 * MEGABYTE + 1)
const bad = (param?: string): Case[2] => [400, 'invalid_request', ...(param === undefined ? [] : [param])] as Case[2]

const fields: Case[] = [
  ['no prompt', json({ model: 'kling-v1' }), bad('prompt')],
  ['an empty prompt', with_({ prompt: '' }), bad('prompt')],
  ['a prompt that is a number', with_({ prompt: 7 }), bad('prompt')],
  ['a prompt that is a list', with_({ prompt: ['a'] }), bad('prompt')],
  ['a prompt of 32,001 characters', with_({ prompt: 'a'.repeat(32_001) }), bad('prompt')],
  ['a model that is a number', with_({ model: 1 }), bad('model')],
  ['a model of 201 characters', with_({ model: 'm'.repeat(201) }), bad('model')],
  ['an unknown model', with_({ model: 'nobody-makes-this' }), [404, 'model_not_found', 'model']],
  ['a model named like a property of objects', with_({ model: 'constructor' }), [404, 'model_not_found', 'model']],
  ['seconds that are a word', with_({ seconds: 'five' }), bad('seconds')],
  ['negative seconds', with_({ seconds: -5 }), bad('seconds')],
  ['seconds beyond an hour', with_({ seconds: 3601 }), bad('seconds')],
  ['seconds as a list', with_({ seconds: [5] }), bad('seconds')],
  ['seconds as a boolean', with_({ seconds: true }), bad('seconds')],
  ['seconds as hexadecimal', with_({ seconds: '0x5' }), bad('seconds')],
  ['a duration that is no text of a number', with_({ duration: '5 minutes' }), bad('duration')],
  ['a duration of 400 digits', with_({ duration: '9'.repeat(400) }), bad('duration')],
  ['two differing durations', with_({ duration: 5, seconds: '10' }), bad('duration')],
  ['a width without a height', with_({ width: 1280 }), bad('height')],
  ['a height without a width', with_({ height: 720 }), bad('width')],
  ['a width with a fraction', with_({ width: 1280.5, height: 720 }), bad('width')],
  ['a width of 16,385', with_({ width: 16_385, height: 720 }), bad('width')],
  ['a size that is a word', with_({ size: 'large' }), bad('size')],
  ['a size that is a ratio', with_({ size: '16:9' }), bad('size')],
  ['a size of three numbers', with_({ size: '1280x720x3' }), bad('size')],
  ['a size that is a number', with_({ size: 720 }), bad('size')],
  ['fps of 241', with_({ fps: 241 }), bad('fps')],
  ['n of eleven', with_({ n: 11 }), bad('n')],
  ['n with a fraction', with_({ n: 1.5 }), bad('n')],
  ['a seed of -2', with_({ seed: -2 }), bad('seed')],
  ['a seed that is a word', with_({ seed: 'lucky' }), bad('seed')],
  ['a negative prompt that is a number', with_({ negative_prompt: 1 }), bad('negative_prompt')],
  ['a response format nobody has', with_({ response_format: 'mp4' }), bad('response_format')],
  ['a user of 513 characters', with_({ user: 'u'.repeat(513) }), bad('user')],
  ['metadata that is a text', with_({ metadata: 'x' }), bad('metadata')],
  ['metadata that is a list', with_({ metadata: [1] }), bad('metadata')],
  ['a callback_url that is no URL', with_({ callback_url: 'call me' }), bad('callback_url')],
  ['a callback_url with another scheme', with_({ callback_url: 'ftp://example.com/x' }), bad('callback_url')],
  ['a callback_url inside', with_({ callback_url: 'https://10.0.0.1/hook' }), bad('callback_url')],
  ['a callback_url to link-local', with_({ callback_url: 'http://169.254.169.254/latest' }), bad('callback_url')],
  ['a callback_url with a password', with_({ callback_url: 'https://a:b@example.com/' }), bad('callback_url')],
  ['a callback_url that is too long', with_({ callback_url: `https://e.com/${'a'.repeat(2048)}` }), bad('callback_url')]
]

const images: Case[] = [
  ['an image that is a number', with_({ image: 5 }), bad('image')],
  ['an image that is a sentence', with_({ image: 'the one from yesterday' }), bad('image')],
  ['an image from a file', with_({ image: 'file:///etc/passwd' }), bad('image')],
  ['a data URL without base64', with_({ image: 'data:image/png,abcdefgh' }), bad('image')],
  ['a data URL of a text', with_({ image: 'data:text/html;base64,PGI+aGk8L2I+' }), bad('image')],
  ['a data URL without a comma', with_({ image: 'data:image/png;base64' }), bad('image')],
  ['a data URL of nothing', with_({ image: 'data:image/png;base64,' }), bad('image')],
  ['a URL that is none', with_({ image: 'https://' }), bad('image')],
  ['one bad image of two', with_({ images: ['https://e.com/a.png', 'x y'] }), bad('images.1')],
  ['31 images', with_({ images: Array.from({ length: 31 }, () => 'https://e.com/a.png') }), bad('images')],
  ['file_id', with_({ input_reference: { file_id: 'file-1' } }), [400, 'unsupported', 'input_reference']],
  [
    'input_reference with a bad URL',
    with_({ input_reference: { image_url: 'x y' } }),
    bad('input_reference.image_url')
  ],
  [
    'image and input_reference that differ',
    with_({ image: 'https://e.com/a.png', input_reference: 'https://e.com/b.png' }),
    bad('input_reference')
  ],
  ['an image over 20 MB in JSON', with_({ image: tooLarge.toString('base64') }), [413, 'request_too_large', 'image']],
  [
    'an image_url over 20 MB in JSON',
    with_({ input_reference: { image_url: `data:image/png;base64,${tooLarge.toString('base64')}` } }),
    [413, 'request_too_large', 'input_reference.image_url']
  ],
  [
    'a file over 20 MB',
    form([prompt, model, file('input_reference', tooLarge)]),
    [413, 'request_too_large', 'input_reference']
  ],
  [
    'a data URL over 20 MB in a form',
    form([prompt, model, field('input_reference[image_url]', `data:image/png;base64,${tooLarge.toString('base64')}`)]),
    [413, 'request_too_large', 'input_reference.image_url']
  ],
  [
    'a file that is no image',
    form([prompt, model, file('input_reference', Buffer.from('%PDF-1.7 not an image'), 'image/png')]),
    bad('input_reference')
  ],
  ['file_id in a form', form([prompt, field('input_reference[file_id]', 'f')]), [400, 'unsupported', 'input_reference']]
]

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const keys = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join()}}`
const create = (metadata: string) => text(`{"model":"kling-v1","prompt":"a cat","metadata":${metadata}}`)

const texts: Case[] = [
  ['an empty body', text(''), bad()],
  ['no body at all', { method: 'POST', headers: { 'content-type': 'application/json' } }, bad()],
  ['no body and no type', { method: 'POST' }, bad()],
  ['a body of spaces', text('   '), bad()],
  ['half a body', text('{"prompt":"a'), bad()],
  ['a comma too many', text('{"prompt":"a",}'), bad()],
  ['single quotes', text("{'prompt':'a'}"), bad()],
  ['NaN', create('{"a":NaN}'), bad()],
  ['two values', text('{"prompt":"a"}{"prompt":"b"}'), bad()],
  ['a list', text('[]'), bad()],
  ['a text', text('"a cat"'), bad()],
  ['null', text('null'), bad()],
  ['a number', text('5'), bad()],
  ['invalid UTF-8', json(Buffer.from([...Buffer.from('{"prompt":"'), 0xc3, 0x28, ...Buffer.from('"}')])), bad()],
  ['overlong UTF-8', json(Buffer.from([...Buffer.from('{"prompt":"'), 0xc0, 0xaf, ...Buffer.from('"}')])), bad()],
  ['UTF-16', json(Buffer.from('{"prompt":"a"}', 'utf16le')), bad()],
  ['a duplicate key', text('{"model":"kling-v1","prompt":"a","prompt":"b"}'), bad()],
  ['a duplicate key spelled otherwise', text('{"model":"kling-v1","prompt":"a","\\u0070rompt":"b"}'), bad()],
  ['a duplicate key far inside', create('{"a":{"b":[{"c":1,"c":2}]}}'), bad()],
  ['33 levels', create(deep(33)), bad()],
  ['100,000 levels of lists', text('['.repeat(100_000)), bad()],
  ['100,000 levels inside a body', create(deep(100_000)), bad()],
  ['1,001 keys', create(keys(1001)), bad()],
  ['10,002 items', create(`{"a":[${'1,'.repeat(10_001)}1]}`), bad()],
  ['an integer beyond 2^53', create('{"seed":9007199254740993}'), bad()],
  ['an integer beyond 2^53 on top', text('{"model":"kling-v1","prompt":"a","seed":12345678901234567890}'), bad()],
  ['a negative integer beyond 2^53', create('{"a":-9007199254740993}'), bad()],
  ['1e999', create('{"a":1e999}'), bad()],
  ['a lone surrogate', text('{"model":"kling-v1","prompt":"a \\ud83d cat"}'), bad()],
  ['a lone surrogate in a key', create('{"\\udc00":1}'), bad()],
  ['U+0000', text('{"model":"kling-v1","prompt":"a\\u0000cat"}'), bad()],
  ['U+0000 inside metadata', create('{"a":["\\u0000"]}'), bad()],
  ['__proto__', create('{"__proto__":{"polluted":true}}'), bad()],
  ['the prototype of a constructor', create('{"constructor":{"prototype":{"polluted":true}}}'), bad()],
  ['__proto__ spelled otherwise', create('{"\\u005f_proto__":{"polluted":true}}'), bad()],
  ['a body beyond 64 MB', json(Buffer.alloc(64 * MEGABYTE + 1, 0x20)), [413, 'request_too_large']],
  [
    'a form beyond 64 MB',
    form([prompt, ...[0, 1, 2].map(index => field(`metadata[${index}]`, 'a'.repeat(22 * MEGABYTE)))]),
    [413, 'request_too_large']
  ],
  [
    'a form beyond 64 MB that does not tell its length',
    chunked(form([prompt, ...[0, 1, 2].map(index => field(`metadata[${index}]`, 'a'.repeat(22 * MEGABYTE)))])),
    [413, 'request_too_large']
  ],
  ['gzip', { ...with_({}), headers: { 'content-encoding': 'gzip' } }, [415, 'unsupported_media_type']],
  [
    'a real gzip body',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'GZIP' },
      body: gzipSync(JSON.stringify(ok))
    },
    [415, 'unsupported_media_type']
  ],
  ['brotli', { ...with_({}), headers: { 'content-encoding': 'br' } }, [415, 'unsupported_media_type']],
  ['text/plain', typed('text/plain'), [415, 'unsupported_media_type']],
  ['a form of the old kind', typed('application/x-www-form-urlencoded'), [415, 'unsupported_media_type']],
  ['XML', typed('application/xml'), [415, 'unsupported_media_type']],
  ['no content-type', typed(undefined), [415, 'unsupported_media_type']],
  ['an unreadable content-type', typed('json'), [415, 'unsupported_media_type']],
  ['a type that only begins like JSON', typed('application/jsonp'), [415, 'unsupported_media_type']],
  ['UTF-7', typed('application/json; charset=utf-7'), [415, 'unsupported_media_type']],
  ['latin-1', typed('application/json; charset="iso-8859-1"'), [415, 'unsupported_media_type']]
]

const forms: Case[] = [
  ['no boundary', { ...form([prompt]), headers: { 'content-type': 'multipart/form-data' } }, bad()],
  ['a truncated form', cut(form([prompt, model, file('input_reference', png(5000))]), 2000), bad()],
  ['a form cut in a field', cut(form([model, field('prompt', 'a'.repeat(5000))]), 2000), bad()],
  ['a form that is no form', { ...form([]), body: 'hello' }, bad()],
  ['an empty form', form([]), bad('prompt')],
  ['a field twice', form([prompt, model, prompt]), bad('prompt')],
  [
    'a field as value and object',
    form([prompt, model, field('metadata', 'x'), field('metadata[a]', 'y')]),
    bad('metadata')
  ],
  ['__proto__ in brackets', form([prompt, model, field('metadata[__proto__][a]', 'y')]), bad('metadata')],
  ['the prototype of a constructor', form([prompt, field('metadata[constructor][prototype]', 'y')]), bad('metadata')],
  ['constructor as a field', form([model, field('prompt[constructor]', 'y')]), bad('prompt')],
  ['names nested too deep', form([prompt, model, field(`metadata${'[a]'.repeat(20)}`, 'y')]), bad('metadata')],
  [
    'a list mixed with names',
    form([prompt, model, field('metadata[a][]', '1'), field('metadata[a][b]', '2')]),
    bad('metadata')
  ],
  ['invalid UTF-8 in a field', form([model, field('prompt', Buffer.from([0x61, 0xff, 0xfe]))]), bad('prompt')],
  ['U+0000 in a field', form([model, field('prompt', 'a\0cat')]), bad('prompt')],
  ['seconds that are a word', form([prompt, model, field('seconds', 'five')]), bad('seconds')],
  [
    '1,001 fields',
    form([prompt, ...Array.from({ length: 1001 }, (_, index) => field(`f${index}`, '1'))]),
    [413, 'request_too_large']
  ],
  [
    '31 files',
    form([prompt, ...Array.from({ length: 31 }, () => file('images[]', png()))]),
    [413, 'request_too_large']
  ],
  ['a name of 300 characters', form([prompt, field('n'.repeat(300), '1')]), bad('n'.repeat(200))]
]

const lists: Case[] = [
  ['limit of a word', get('/v1/videos?limit=many'), bad('limit')],
  ['an empty limit', get('/v1/videos?limit='), bad('limit')],
  ['a negative limit', get('/v1/videos?limit=-1'), bad('limit')],
  ['limit of 101', get('/v1/videos?limit=101'), bad('limit')],
  ['a limit with a fraction', get('/v1/videos?limit=1.5'), bad('limit')],
  ['two limits', get('/v1/videos?limit=1&limit=2'), bad('limit')],
  ['an unknown order', get('/v1/videos?order=sideways'), bad('order')],
  ['a cursor to nothing', get('/v1/videos?after=video_nothing'), bad('after')],
  ['an empty cursor', get('/v1/videos?after='), bad('after')],
  ['a cursor with U+0000', get('/v1/videos?after=%00'), bad('after')],
  ['a cursor with half a character', get('/v1/videos?after=%ff'), bad('after')],
  ['a cursor of 300 characters', get(`/v1/videos?after=${'a'.repeat(300)}`), bad('after')],
  ['an unknown variant', get('/v1/videos/:mine/content?variant=gif'), bad('variant')],
  ['two variants', get('/v1/videos/:mine/content?variant=video&variant=thumbnail'), bad('variant')],
  ['a number that is none', get('/v1/videos/:mine/content?number=one'), bad('number')]
]

const video = (id: string): Case[] => [
  [`GET ${id.slice(0, 40)}`, get(`/v1/videos/${id}`), [404, 'video_not_found', 'id']],
  [`content of ${id.slice(0, 40)}`, get(`/v1/videos/${id}/content`), [404, 'video_not_found', 'id']]
]

const ids: Case[] = [
  ...video('video_unknown'),
  ...video(':theirs'),
  ...video('a'.repeat(120)),
  ...video("'%20OR%20'1'='1"),
  ...video('..%2f..%2fetc%2fpasswd'),
  ...video('%2e%2e%5c%2e%2e%5cwindows'),
  ...video('..;'),
  ...video('video_%F0%9F%90%88'),
  ...video('a%2Fb%20c+d=:e'),
  ['an id of 3,000 characters', get(`/v1/videos/${'a'.repeat(3000)}`), [404, 'not_found']],
  ['an id with U+0000', get('/v1/videos/%00'), [404, 'not_found']],
  ['an id that is no UTF-8', get('/v1/videos/%ff%fe'), [404, 'not_found']],
  ['an id with half a percent sign', get('/v1/videos/%zz'), [404, 'not_found']],
  ['dots in a path', get('/v1/videos/../../etc/passwd'), [404, 'not_found']],
  ['dots at an id', get('/v1/videos/%2e%2e/%2e%2e/etc/passwd'), [404, 'not_found']],
  ['a backslash in a path', get('/v1/videos/..\\..\\etc'), [404, 'video_not_found', 'id']],
  ["somebody else's video, deleted", { method: 'DELETE', path: '/v1/videos/:theirs' }, [404, 'video_not_found', 'id']],
  [
    "somebody else's video, cancelled",
    { method: 'POST', path: '/v1/videos/:theirs/cancel' },
    [404, 'video_not_found', 'id']
  ],
  ['an unknown model’s page', get('/v1/models/nothing'), [404, 'model_not_found', 'model']],
  ['content that is not there yet', get('/v1/videos/:mine/content'), [400, 'video_not_ready']],
  ['remix', json({ prompt: 'again' }, '/v1/videos/:mine/remix'), [400, 'video_not_ready', 'id']],
  [
    'somebody else’s video, remixed',
    json({ prompt: 'again' }, '/v1/videos/:theirs/remix'),
    [404, 'video_not_found', 'id']
  ],
  ['edits', form([prompt, field('video[id]', 'video_abc')], '/v1/videos/edits'), [404, 'video_not_found', 'video.id']],
  ['an extension of nothing', json({ prompt: 'again' }, '/v1/videos/extensions'), bad('video')],
  ['an unknown key', { path: '/admin/keys/key_nothing', key: ADMIN_KEY }, [404, 'not_found', 'id']],
  ['an unknown channel', { path: '/admin/channels/chan_nothing', key: ADMIN_KEY }, [404, 'not_found', 'id']],
  ['an unknown task', { path: '/admin/tasks/video_nothing', key: ADMIN_KEY }, [404, 'video_not_found', 'id']],
  [
    'an unknown model of the operator',
    { path: '/admin/models/nothing', key: ADMIN_KEY },
    [404, 'model_not_found', 'name']
  ]
]

const routes: Case[] = [
  ['an unknown route', get('/v1/films'), [404, 'not_found']],
  ['a route of another version', get('/v2/videos'), [404, 'not_found']],
  ['an unknown route, posted', json(ok, '/v1/chat/completions'), [404, 'not_found']],
  ['an unknown route with an unknown type', { ...typed('text/plain'), path: '/v1/nothing' }, [404, 'not_found']],
  ['PUT', { method: 'PUT', path: '/v1/videos' }, [405, 'method_not_allowed']],
  ['DELETE of the list', { method: 'DELETE', path: '/v1/videos' }, [405, 'method_not_allowed']],
  ['POST to a video', json(ok, '/v1/videos/video_1'), [405, 'method_not_allowed']],
  ['PATCH with a body', { ...json(ok, '/v1/videos/video_1'), method: 'PATCH' }, [405, 'method_not_allowed']],
  ['POST to content', json(ok, '/v1/videos/video_1/content'), [405, 'method_not_allowed']],
  ['GET of a cancel', get('/v1/videos/video_1/cancel'), [405, 'method_not_allowed']],
  ['DELETE of the generations', { method: 'DELETE', path: '/v1/video/generations' }, [405, 'method_not_allowed']],
  ['OPTIONS without CORS', { method: 'OPTIONS' }, [405, 'method_not_allowed']],
  ['TRACE', { method: 'TRACE' }, [405, 'method_not_allowed']],
  ['PROPFIND', { method: 'PROPFIND' }, [405, 'method_not_allowed']],
  ['the admin API with a member key', get('/admin/keys'), [403, 'admin_required']]
]

const headers: Case[] = [
  ['no key', get('/v1/videos', { authorization: undefined }), [401, 'invalid_api_key']],
  ['an empty Bearer', get('/v1/videos', { authorization: 'Bearer ' }), [401, 'invalid_api_key']],
  ['Basic', get('/v1/videos', { authorization: 'Basic c2s6eA==' }), [401, 'invalid_api_key']],
  ['a wrong key', get('/v1/videos', { authorization: 'Bearer sk-wrong' }), [401, 'invalid_api_key']],
  ['a key with quotes', get('/v1/videos', { authorization: "Bearer ' OR '1'='1" }), [401, 'invalid_api_key']],
  ['a wrong key before a bad body', { ...text('{'), key: 'sk-wrong' }, [401, 'invalid_api_key']],
  ['an empty Idempotency-Key', withHeader('Idempotency-Key', ''), bad('Idempotency-Key')],
  ['an Idempotency-Key of 256 characters', withHeader('Idempotency-Key', 'i'.repeat(256)), bad('Idempotency-Key')],
  ['an Idempotency-Key beyond ASCII', withHeader('Idempotency-Key', 'caf\xe9'), bad('Idempotency-Key')],
  ['a header of 20,000 characters', get('/v1/videos', { 'x-long': 'x'.repeat(20_000) }), [431, 'request_too_large']],
  ['a key of 1 MB', get('/v1/videos', { authorization: `Bearer ${'x'.repeat(MEGABYTE)}` }), [431, 'request_too_large']],
  ['no Host', get('/v1/videos', { host: undefined }), bad()],
  ['two Hosts', get('/v1/videos', { Host: 'evil.example' }), bad()],
  ['a header without a name', get('/v1/videos', { '': 'x' }), bad()],
  ['a header name with a space', get('/v1/videos', { 'x y': 'z' }), bad()],
  ['a header with a control character', get('/v1/videos', { 'x-bad': 'a\x01b' }), bad()],
  ['two lengths', { ...with_({}), headers: { 'content-length': '5', 'Content-Length': '6' } }, bad()],
  ['a negative length', { ...with_({}), headers: { 'content-length': '-1' } }, bad()],
  ['a length and chunks', { ...with_({}), headers: { 'content-length': '5', 'transfer-encoding': 'chunked' } }, bad()],
  ['a transfer coding nobody knows', { ...with_({}), headers: { 'transfer-encoding': 'gzip, x' } }, bad()],
  ['chunks that are none', { ...chunked(with_({})), body: 'zz\r\n{}\r\n0\r\n\r\n' }, bad()],
  ['a method that is none', { method: 'G@T' }, bad()],
  ['a path with a space', get('/v1/videos /x'), bad()]
]

/** The table, by what is wrong. */
export const badRequests = { fields, images, texts, forms, lists, ids, routes, headers }

/** A create with this content-type. */
function typed(type: string | undefined): Request {
  return { ...with_({}), headers: { 'content-type': type } }
}

function withHeader(name: string, value: string): Request {
  const request = with_({})
  return { ...request, headers: { ...request.headers, [name]: value } }
}

/** The same, ended after `length` bytes of body, its length told so. */
function cut(request: Request, length: number): Request {
  return { ...request, body: Buffer.from(request.body!).subarray(0, length) }
}

/** The same without a length, in one chunk. */
function chunked(request: Request): Request {
  const body = Buffer.from(request.body!)
  return {
    ...request,
    headers: { ...request.headers, 'content-length': undefined, 'transfer-encoding': 'chunked' },
    body: Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
  }
}
