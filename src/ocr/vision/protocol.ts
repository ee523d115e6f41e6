import { z } from 'zod';
import { ANSWER_SCHEMA, INSTRUCTIONS } from './question.ts';
import type { Driver, VisionSettings } from './settings.ts';

/** Why an answer that was paid for holds no reading. */
export type NoReading = 'refused' | 'cut off' | 'empty' | 'not JSON' | 'of another form';

export interface Usage {
  /** As the address names it. */
  readonly model: string | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What came back, before anything of it is believed. */
export interface ModelAnswer {
  readonly usage: Usage;
  /** JSON of the form asked for, not yet checked; or why there is none. */
  readonly said: { readonly value: unknown } | { readonly missing: NoReading };
}

export interface Question {
  /** Behind the base address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** How one family of addresses is asked. */
interface Protocol {
  ask(settings: VisionSettings, jpegs: readonly Uint8Array[]): Question;
  /** @returns undefined where the body is no answer of this protocol */
  read(body: unknown): ModelAnswer | undefined;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const tokens = z
  .int()
  .min(0)
  .max(1e9)
  .nullish()
  .transform((value) => value ?? 0);
const TASK = 'Transcribe this receipt.';

const openaiAnswer = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .max(16),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish(),
});

/** The namesake counts hidden thinking in; servers that speak its protocol mostly know only the older name. */
const limitOf = ({ url, maxTokens }: VisionSettings) =>
  new URL(url).hostname === 'api.openai.com' ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };

const openai: Protocol = {
  ask: (settings, jpegs) => ({
    path: '/chat/completions',
    headers: settings.key === undefined ? {} : { authorization: `Bearer ${settings.key}` },
    body: {
      model: settings.model,
      ...limitOf(settings),
      messages: [
        { role: 'system', content: INSTRUCTIONS },
        {
          role: 'user',
          content: [
            { type: 'text', text: TASK },
            ...jpegs.map((jpeg) => ({
              type: 'image_url',
              image_url: { url: `data:image/jpeg;base64,${base64(jpeg)}`, detail: 'high' },
            })),
          ],
        },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'receipt', strict: true, schema: ANSWER_SCHEMA } },
    },
  }),
  read(body) {
    const answer = openaiAnswer.safeParse(body).data;
    if (!answer) return undefined;
    const usage = {
      model: answer.model ?? undefined,
      inputTokens: answer.usage?.prompt_tokens ?? 0,
      outputTokens: answer.usage?.completion_tokens ?? 0,
    };
    const [choice] = answer.choices;
    const content = choice?.message.content ?? '';
    if (choice?.message.refusal || choice?.finish_reason === 'content_filter')
      return { usage, said: { missing: 'refused' } };
    if (choice?.finish_reason === 'length') return { usage, said: { missing: 'cut off' } };
    return { usage, said: content.trim() === '' ? { missing: 'empty' } : jsonIn(content) };
  },
};

const anthropicAnswer = z.object({
  model: z.string().nullish(),
  stop_reason: z.string().nullish(),
  content: z
    .array(z.looseObject({ type: z.string(), name: z.string().optional(), input: z.unknown().optional() }))
    .max(64),
  usage: z
    .object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_creation_input_tokens: tokens,
      cache_read_input_tokens: tokens,
    })
    .nullish(),
});
const TOOL = 'record_receipt';

const anthropic: Protocol = {
  ask: (settings, jpegs) => ({
    path: '/v1/messages',
    headers: {
      'anthropic-version': '2023-06-01',
      ...(settings.key === undefined ? {} : { 'x-api-key': settings.key }),
    },
    body: {
      model: settings.model,
      max_tokens: settings.maxTokens,
      system: INSTRUCTIONS,
      messages: [
        {
          role: 'user',
          content: [
            ...jpegs.map((jpeg) => ({
              type: 'image',
              source: { type: 'base64', media_type: 'image/jpeg', data: base64(jpeg) },
            })),
            { type: 'text', text: TASK },
          ],
        },
      ],
      tools: [{ name: TOOL, description: 'Records what is printed on the receipt.', input_schema: ANSWER_SCHEMA }],
      tool_choice: { type: 'tool', name: TOOL },
    },
  }),
  read(body) {
    const answer = anthropicAnswer.safeParse(body).data;
    if (!answer) return undefined;
    const { usage: used } = answer;
    const usage = {
      model: answer.model ?? undefined,
      inputTokens:
        (used?.input_tokens ?? 0) + (used?.cache_creation_input_tokens ?? 0) + (used?.cache_read_input_tokens ?? 0),
      outputTokens: used?.output_tokens ?? 0,
    };
    if (answer.stop_reason === 'refusal') return { usage, said: { missing: 'refused' } };
    if (answer.stop_reason === 'max_tokens') return { usage, said: { missing: 'cut off' } };
    const call = answer.content.find(({ type, name }) => type === 'tool_use' && name === TOOL);
    return {
      usage,
      said: call ? { value: call.input } : { missing: answer.content.length === 0 ? 'empty' : 'not JSON' },
    };
  },
};

/** Some servers put JSON in a fence of Markdown, whatever was asked. */
const FENCE = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/;

function jsonIn(content: string): ModelAnswer['said'] {
  try {
    return { value: JSON.parse(FENCE.exec(content)?.[1] ?? content) };
  } catch {
    return { missing: 'not JSON' };
  }
}

export const PROTOCOLS: Readonly<Record<Driver, Protocol>> = { openai, anthropic };
