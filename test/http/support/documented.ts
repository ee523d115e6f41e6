import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../../src/http/openapi/document.ts';

interface Media {
  readonly schema: { readonly $ref?: string };
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}
export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

export const document = openApiDocument('0.0.0') as unknown as Document;

const ajv = new Ajv2020({
  strict: false,
  validateSchema: false,
  formats: { 'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) },
});
ajv.addSchema(document, 'openapi');

/** @returns what does not fit, in a line each */
export function faultsIn(value: unknown, schema: object): string[] {
  const fits = ajv.compile({ $id: `openapi-${++compiled}`, ...within(schema) });
  return fits(value) ? [] : (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
let compiled = 0;

/** The same schema, outside its document. */
function within(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'));
}

/** The path of the document that an address is of; exact ones first. */
function operationAt(method: string, pathname: string): DocumentedOperation | undefined {
  const paths = Object.keys(document.paths).sort((left, right) => left.split('{').length - right.split('{').length);
  const path = paths.find(
    (pattern) =>
      new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname) &&
      document.paths[pattern]?.[method.toLowerCase()] !== undefined,
  );
  return path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
}

/** One real answer held against the document. */
export interface Compared {
  readonly operationId: string;
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  readonly faults: readonly string[];
}

export async function compareAnswer(method: string, url: string, response: Response): Promise<Compared> {
  const operation = operationAt(method, new URL(url).pathname);
  if (!operation)
    return { operationId: `${method} ${url}`, status: response.status, code: undefined, faults: ['no such address'] };
  const { operationId, responses } = operation;
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const media = responses[response.status]?.content[type];
  const body = (await response.clone().json()) as { code?: string };
  const code = response.ok ? undefined : body.code;
  const about = { operationId, status: response.status, code };
  if (!media) return { ...about, faults: [`${response.status} ${type} is not documented`] };
  const unnamed = code !== undefined && !Object.hasOwn(media.examples ?? {}, code) ? [`${code} is not documented`] : [];
  return { ...about, faults: [...unnamed, ...faultsIn(body, media.schema)] };
}
