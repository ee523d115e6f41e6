import type { Logger } from 'pino';
import { AgentError } from '../errors.ts';
import { inDoubt } from '../fields/confidence.ts';
import type { LaneResult, Pool, ReadOptions } from '../lanes/pool.ts';
import type { Extraction } from '../reply.ts';
import { askModel } from './ask-model.ts';
import { type Bill, billOf, FREE } from './bill.ts';
import { combine } from './combine.ts';
import type { ModelAnswer, NoReading } from './protocol.ts';
import { type ModelReading, readAnswer } from './question.ts';
import type { VisionSettings } from './settings.ts';

/** More than the slots of any worker; the lanes bound what is read before. */
const MAX_ASKED = 64;
/** From here the local reader is certain. */
const CERTAIN = 0.7;

export interface VisionOptions {
  readonly pool: Pick<Pool, 'read'>;
  readonly settings: VisionSettings;
  /** Ask only where the local reader is in doubt. */
  readonly secondOpinion: boolean;
  readonly log: Logger;
}

/**
 * Reads with the lanes first, always: they decode what came from outside, make the pictures that are sent, and find the print
 * that a model's values are looked for in.
 */
export function createVisionReader({ pool, settings, secondOpinion, log }: VisionOptions) {
  let asked = 0;

  async function read(
    bytes: Uint8Array,
    signal: AbortSignal,
    options: ReadOptions = {},
  ): Promise<LaneResult & { readonly bill: Bill }> {
    const local = await pool.read(bytes, signal, { ...options, withPage: true });
    if (secondOpinion && isCertain(local.extraction)) return { ...local, bill: FREE };
    if (local.page === undefined) throw new AgentError('internal', 'The lane sent no page.');
    const answer = await ask(local.page.jpegs, signal);
    const bill = billOf(settings, answer.usage);
    const model = readingIn(answer);
    if (typeof model === 'string') {
      log.warn({ event: 'vision.no_reading', why: model });
      return { ...local, extraction: withDoubt(local.extraction, model), bill };
    }
    const readings = { local: local.extraction, page: local.page, model, today: new Date().toISOString().slice(0, 10) };
    return { ...local, extraction: combine(readings, secondOpinion ? 'local' : 'model'), bill };
  }

  async function ask(jpegs: readonly Uint8Array[], signal: AbortSignal): Promise<ModelAnswer> {
    if (asked >= MAX_ASKED) throw new AgentError('model_busy', 'Too many questions to the model are under way.', 5);
    asked++;
    const startedAt = performance.now();
    try {
      const answer = await askModel(settings, jpegs, signal);
      const { inputTokens, outputTokens } = answer.usage;
      log.info({ event: 'vision.answered', inputTokens, outputTokens, ms: Math.round(performance.now() - startedAt) });
      return answer;
    } catch (error) {
      if (error instanceof AgentError) log.warn({ event: 'vision.failed', code: error.code, reason: error.message });
      throw error;
    } finally {
      asked--;
    }
  }

  return { read };
}

function isCertain({ metadata, validation }: Extraction): boolean {
  const isDoubted = validation.errors.length + validation.warnings.length > 0;
  return !isDoubted && metadata.confidence >= CERTAIN && metadata.total_amount !== null;
}

function readingIn({ said }: ModelAnswer): ModelReading | NoReading {
  if ('missing' in said) return said.missing;
  return readAnswer(said.value) ?? 'of another form';
}

/** An answer was paid for, and asking once more would be paid for again: the local reading stands, and a person looks. */
function withDoubt(extraction: Extraction, why: NoReading): Extraction {
  const { metadata, validation } = extraction;
  return {
    ...extraction,
    metadata: { ...metadata, confidence: inDoubt(metadata.confidence, true) },
    validation: {
      ...validation,
      valid: false,
      errors: [...validation.errors, `The vision model gave no reading (${why}).`],
      confidence: inDoubt(validation.confidence, true),
    },
  };
}
