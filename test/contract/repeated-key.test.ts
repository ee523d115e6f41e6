import fc from 'fast-check';
import { expect, it } from 'vitest';
import { repeatedKey } from '../../src/contract/repeated-key.ts';

it('[I17] a name that stands twice in one object is found, however deep, and however it is spelled', () => {
  const name = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text.isWellFormed());
  const spelled = (text: string) =>
    `"${[...text]
      .map((letter) =>
        letter
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
      )
      .join('')}"`;
  const around = fc.array(
    fc.constantFrom<(json: string) => string>(
      (json) => `[1, "{\\"", ${json}]`,
      (json) => `{"a": "b:", "outer": ${json}, "c": {"a": 1}}`,
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(name, fc.jsonValue(), around, fc.boolean(), (key, value, layers, escaped) => {
      const [one, other] = [JSON.stringify(key), escaped ? spelled(key) : JSON.stringify(key)];
      const twice = `{${one}: ${JSON.stringify(value)}, "another ${'x'.repeat(9)}": [${one}], ${other} : 1}`;
      const text = layers.reduce((json, wrap) => wrap(json), twice);
      JSON.parse(text);
      expect(repeatedKey(text)).toBe(key);
    }),
  );
});

it('[I17] no JSON that a program writes has such a name', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(repeatedKey(JSON.stringify(value, null, 1))).toBeUndefined();
    }),
  );
  expect(repeatedKey('{"a": {"a": [{"a": 1}, {"a": 2}]}, "__proto__": 1, "constructor": 2}')).toBeUndefined();
  expect(repeatedKey('{"__proto__": 1, "__proto__": 2}')).toBe('__proto__');
});

it('[I11] what is nested deeper than a stack costs none', () => {
  const text = `${'{"a":['.repeat(200_000)}1${']}'.repeat(200_000)}`;
  expect(repeatedKey(text)).toBeUndefined();
});
