import { invalidArgument } from '../../src/contract/check-input.ts';

/**
 * Which of some arguments a call gave, where it must give exactly one of them: no schema that every host takes can say so.
 * @param names the usual one first: it is named as missing
 * @throws AppError invalid_argument
 */
export function oneOf<Name extends string>(
  args: Readonly<Partial<Record<Name, unknown>>>,
  ...names: readonly [Name, Name, ...Name[]]
): Name {
  const given = names.filter((name) => args[name] !== undefined && args[name] !== false);
  const [only, other] = given;
  if (other !== undefined) {
    throw invalidArgument(other, 'conflict', `Give only one of ${given.join(' and ')}, not both.`);
  }
  if (only !== undefined) return only;
  const [usual, ...others] = names;
  throw invalidArgument(usual, 'missing', `${usual} is missing; in its place you may give ${others.join(' or ')}.`);
}
