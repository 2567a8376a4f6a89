import fc from 'fast-check';

/** A value of a schema, and the answer in strict form that stands for it. */
export interface ValueAndAnswer {
  readonly value: unknown;
  readonly answer: unknown;
}

/** A schema, and values of it. */
export interface SampledSchema {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly samples: fc.Arbitrary<ValueAndAnswer>;
}

const same = (value: unknown): ValueAndAnswer => ({ value, answer: value });

const names = fc.uniqueArray(fc.stringMatching(/^[a-z_~/"]{1,6}$/), { maxLength: 5 });

const leaves: fc.Arbitrary<SampledSchema> = fc.oneof(
  fc.constant({ schema: { type: 'string', description: 'words' }, samples: fc.string().map(same) }),
  fc.constant({ schema: { type: 'string', minLength: 2 }, samples: fc.string({ minLength: 4 }).map(same) }),
  fc.constant({ schema: { type: 'boolean', default: true }, samples: fc.boolean().map(same) }),
  fc.constant({
    schema: { type: 'integer', minimum: -5, exclusiveMaximum: 6 },
    samples: fc.integer({ min: -5, max: 5 }).map(same),
  }),
  fc.constant({
    schema: { type: 'number' },
    samples: fc.double({ noNaN: true, noDefaultInfinity: true }).map(same),
  }),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 4 })
    .map((literals) => ({ schema: { enum: literals }, samples: fc.constantFrom(...literals).map(same) })),
  fc.string().map((literal) => ({ schema: { const: literal }, samples: fc.constant(same(literal)) })),
  fc.constant({
    schema: { type: ['string', 'null'] },
    samples: fc.option(fc.string(), { nil: null }).map(same),
  }),
);

/** Whether null is a value of the schema: then an optional key of it is left out of what is generated, as it cannot be told from null. */
function isNullable({ schema }: SampledSchema): boolean {
  return Array.isArray(schema.type) || Array.isArray(schema.anyOf);
}

function objectOf(
  properties: readonly { readonly name: string; readonly of: SampledSchema; readonly optional: boolean }[],
  closed: boolean,
): SampledSchema {
  const parts = properties.map(({ name, of, optional }) => {
    const present = of.samples.map((sample) => ({ name, sample }));
    return optional && !isNullable(of) ? fc.option(present, { nil: { name, sample: undefined } }) : present;
  });
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(properties.map(({ name, of }) => [name, of.schema])),
      required: properties.filter(({ optional }) => !optional).map(({ name }) => name),
      ...(closed ? { additionalProperties: false } : {}),
    },
    samples: fc.tuple(...parts).map((found) => ({
      value: Object.fromEntries(
        found.flatMap(({ name, sample }) => (sample === undefined ? [] : [[name, sample.value]])),
      ),
      answer: Object.fromEntries(found.map(({ name, sample }) => [name, sample?.answer ?? null])),
    })),
  };
}

const { object } = fc.letrec<{ node: SampledSchema; object: SampledSchema }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    tie('object'),
    tie('node').map((item) => ({
      schema: { type: 'array', items: item.schema },
      samples: fc.array(item.samples, { maxLength: 3 }).map((samples) => ({
        value: samples.map(({ value }) => value),
        answer: samples.map(({ answer }) => answer),
      })),
    })),
    tie('object').map((one) => ({
      schema: { anyOf: [one.schema, { type: 'null' }] },
      samples: fc.option(one.samples, { nil: same(null) }),
    })),
    fc.tuple(tie('object'), tie('object')).map((forms) => {
      const tagged = forms.map((form, index) => tag(form, `form ${index}`));
      return {
        schema: { oneOf: tagged.map(({ schema }) => schema) },
        samples: fc.oneof(...tagged.map(({ samples }) => samples)),
      };
    }),
  ),
  object: fc
    .tuple(
      names,
      fc.array(fc.record({ of: tie('node'), optional: fc.boolean() }), { maxLength: 5 }),
      fc.boolean(),
    )
    .map(([keys, of, closed]) =>
      objectOf(
        keys.flatMap((name, index) => {
          const one = of[index];
          return one === undefined ? [] : [{ name, ...one }];
        }),
        closed,
      ),
    ),
}));

/** Gives an object a key that tells it from others. */
function tag({ schema, samples }: SampledSchema, word: string): SampledSchema {
  const { properties, required } = schema;
  return {
    schema: {
      ...schema,
      properties: { ...(typeof properties === 'object' ? properties : {}), KIND: { const: word } },
      required: [...(Array.isArray(required) ? required : []), 'KIND'],
    },
    samples: samples.map(({ value, answer }) => ({
      value: Object.assign({}, value, { KIND: word }),
      answer: Object.assign({}, answer, { KIND: word }),
    })),
  };
}

/** Schemas that strict mode can say, with values of them. */
export const sampledSchemas: fc.Arbitrary<SampledSchema> = object;
/** As `sampledSchemas`, one value picked. */
export const schemasWithValue = sampledSchemas.chain(({ schema, samples }) =>
  samples.map((sample) => ({ schema, ...sample })),
);
