import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Vendor } from '../../../vendors/vendor.ts'
import { needs } from '../../plugins/caller.ts'
import { capabilitiesOf } from '../models.ts'

export interface VendorServices {
  vendors: Record<string, Vendor>
}

/** The vendors that a channel can be at: what each needs, makes and charges, from the tables that requests are checked against. */
export async function vendorRoutes(app: FastifyInstance, { vendors }: VendorServices) {
  // the JSON Schemas take a tenth of a start, so they are made when somebody asks
  let made: ReturnType<typeof showVendor>[] | undefined

  app.get('/vendors', needs('channels:read'), async () => {
    const data = (made ??= Object.values(vendors).map(showVendor))
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: false
    }
  })
}

function showVendor(vendor: Vendor) {
  const {
    id,
    name,
    baseUrl,
    regions = [],
    keysUrl,
    docsUrl,
    credential,
    options,
    models,
    facts,
    prices,
    probe
  } = vendor
  return {
    id,
    object: 'vendor' as const,
    name,
    base_url: baseUrl,
    regions: regions.map(region => ({
      id: region.id,
      base_url: region.baseUrl,
      label: region.label,
      keys_url: region.keysUrl ?? keysUrl ?? null
    })),
    keys_url: keysUrl ?? null,
    docs_url: docsUrl ?? null,
    credential: {
      fields: credential.fields.map(field => ({ ...field, optional: field.optional ?? false }))
    },
    // what zod cannot say in JSON Schema is left open
    options: z.toJSONSchema(options, { unrepresentable: 'any', io: 'input' }),
    models: Object.entries(models).map(([model, spec]) => ({
      name: model,
      capabilities: capabilitiesOf(spec),
      prices: prices?.[model]?.prices ?? null
    })),
    facts,
    free_probe: probe !== undefined
  }
}
