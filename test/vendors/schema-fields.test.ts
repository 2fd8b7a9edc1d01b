import { expect, test } from 'vitest'
import { imageFieldsIn } from '../../src/vendors/shared/schema-fields.ts'

/* Which fields of a model's schema are images: by name, and only where a link fits. */

const text = { type: 'string' }

test.each([
  ['a number', { type: 'number' }],
  ['an integer', { type: 'integer' }],
  ['a boolean', { type: 'boolean' }],
  ['a number or nothing', { anyOf: [{ type: 'integer' }, { type: 'null' }] }],
  ['an object', { type: 'object' }],
  ['a word from a list', { type: 'string', enum: ['first', 'last'] }],
  ['a word from a list elsewhere', { allOf: [{ $ref: '#/components/schemas/image_style' }] }]
])('a field that is %s is no image', (_what, property) => {
  const names = { first_frame_offset: property, use_image: property, last_frame: property, image_url: text }
  expect(imageFieldsIn({ properties: names })).toEqual({ first: 'image_url' })
})

test.each([
  ['a text', text],
  ['a text or nothing', { anyOf: [text, { type: 'null' }] }],
  ['a text or nothing, in one word', { type: ['string', 'null'] }],
  ['all of a text', { allOf: [{ type: 'string', format: 'uri' }] }],
  ['without a type', { title: 'Image' }]
])('a field that is %s is one', (_what, property) => {
  expect(imageFieldsIn({ properties: { start_image: property, end_image: property } })).toEqual({
    first: 'start_image',
    last: 'end_image'
  })
})

test('a list is one of references', () => {
  const list = { anyOf: [{ type: 'array', items: text }, { type: 'null' }] }
  expect(imageFieldsIn({ properties: { reference_images: list } })).toEqual({ references: 'reference_images' })
})
