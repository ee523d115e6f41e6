import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { latinAlphabet } from './alphabet.ts';
import { cutClasses, readAlphabet } from './onnx-file.ts';

/** File names of the two networks, as the set-up routine stores them. */
const MODEL_FILES = {
  detection: 'PP-OCRv6_det_small.onnx',
  recognition: 'PP-OCRv6_rec_small.onnx',
} as const;

/** Both networks, ready to run, with the characters the recognition network writes. */
export interface Models {
  readonly detection: InferenceSession;
  readonly recognition: InferenceSession;
  readonly characters: readonly string[];
}

// One thread a session: lanes are the unit of parallel work. Without arena and memory pattern a lane stays about 110 MB smaller.
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableCpuMemArena: false,
  enableMemPattern: false,
  logSeverityLevel: 3,
};

/** Loads both networks from a folder. Throws with the missing file named. */
export async function loadModels(modelsDir: string): Promise<Models> {
  const detection = await readModel(modelsDir, MODEL_FILES.detection);
  const recognition = await readModel(modelsDir, MODEL_FILES.recognition);
  const all = readAlphabet(recognition);
  const latin = latinAlphabet(all);
  const smaller = cutClasses(recognition, all.length + 2, latin.keep);
  return {
    detection: await InferenceSession.create(detection, SESSION_OPTIONS),
    recognition: await InferenceSession.create(smaller, SESSION_OPTIONS),
    characters: latin.characters,
  };
}

async function readModel(modelsDir: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(path.join(modelsDir, file));
  } catch (cause) {
    throw new Error(`The OCR model ${file} cannot be read from ${modelsDir}. Run "npm run setup" to fetch it.`, {
      cause,
    });
  }
}
