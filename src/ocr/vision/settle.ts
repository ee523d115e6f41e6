import type { PrintedLine } from '../lanes/messages.ts';
import type { Evidence } from '../reply.ts';

/** One field as two readers have it, and what the print says of it. */
export interface Field {
  readonly name: 'total' | 'currency' | 'date' | 'merchant';
  readonly local: string | null;
  /** What the local reader says of its value. */
  readonly evidence: Evidence | undefined;
  readonly model: string | null;
  readonly isSame: boolean;
  /** The line in which the model's value stands. */
  readonly line: PrintedLine | undefined;
  /** The model's value stands in the print, and that is proof enough of it. */
  readonly isProven: boolean;
}

/** What becomes of it. */
export interface Settled {
  readonly value: string | null;
  /** At 0.7 and above it is certain; below, `doubt` says why. */
  readonly confidence: number;
  readonly doubt: string | undefined;
  readonly evidence: Evidence | undefined;
}

const WHOLE_PAGE = { x: 0, y: 0, width: 1, height: 1 } as const;
/** Two readers who share nothing but the picture. */
const AGREED = { sure: 0.95, unsure: 0.85 } as const;
/** One reader, whose value stands in the print and agrees with what else does. */
const PROVEN = 0.8;
const DOUBTED = 0.5;
/** The local reader's own word, beside a model that does not share it. */
const IN_DOUBT = 0.69;

/**
 * Agreement decides. What only the model says counts where the print proves it, and how sure a model is of itself counts for
 * nothing: it is not asked.
 * @param prefer whose value stands where they differ, in doubt
 */
export function settle(field: Field, prefer: 'model' | 'local'): Settled {
  const { name, local, evidence, model, isSame, line, isProven } = field;
  const wasSure = (evidence?.confidence ?? 0) >= 0.7;
  const ofModel = (confidence: number, doubt: string | undefined): Settled => ({
    value: model,
    confidence,
    doubt,
    evidence: {
      region: line?.region ?? WHOLE_PAGE,
      reading_confidence: line?.confidence ?? 0,
      confidence,
      rule: line ? `${name}: vision model, in print` : `${name}: vision model, not found in print`,
    },
  });
  const ofLocal = (confidence: number, doubt: string | undefined, rule = evidence?.rule ?? ''): Settled => ({
    value: local,
    confidence,
    doubt,
    evidence: evidence && { ...evidence, confidence, rule },
  });
  if (local === null && model === null) return { value: null, confidence: 0, doubt: undefined, evidence: undefined };
  if (isSame) {
    const confidence = wasSure ? AGREED.sure : AGREED.unsure;
    return ofLocal(confidence, undefined, `${evidence?.rule ?? name}; the vision model agrees`);
  }
  if (local === null) {
    if (isProven) return ofModel(PROVEN, undefined);
    const where = line ? 'Only the vision model found' : 'The print does not show';
    return ofModel(DOUBTED, `${where} the ${name} "${model}".`);
  }
  if (model === null) return ofLocal(IN_DOUBT, `The vision model found no ${name}; "${local}" was read.`);
  if (isProven && !wasSure) return ofModel(PROVEN, undefined);
  const doubt = `Two readers differ about the ${name}: "${local}" and "${model}".`;
  return prefer === 'local' ? ofLocal(DOUBTED, doubt) : ofModel(DOUBTED, doubt);
}
