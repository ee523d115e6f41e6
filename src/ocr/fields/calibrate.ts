import { CONFIDENCE_CURVE } from './tables/confidence-curve.ts';

type Curve = readonly (readonly [number, number])[];

/** The measured probability of a raw confidence. Outside the curve a value stays what it is. */
export function calibrated(raw: number, curve: Curve = CONFIDENCE_CURVE): number {
  return along(raw, curve);
}

/** The raw confidence of a measured one: for fitting the curve anew on readings that went through it. */
export function uncalibrated(measured: number, curve: Curve = CONFIDENCE_CURVE): number {
  return along(
    measured,
    curve.map(([raw, known]) => [known, raw] as const),
  );
}

/** Straight between two neighbouring points. */
function along(value: number, curve: Curve): number {
  const at = curve.findIndex(([from]) => from >= value);
  const [left, right] = [curve[at - 1], curve[at]];
  if (left === undefined || right === undefined) return value;
  const share = right[0] === left[0] ? 0 : (value - left[0]) / (right[0] - left[0]);
  return left[1] + share * (right[1] - left[1]);
}
