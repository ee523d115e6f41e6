/** Whether a file of a package (`place` is its folder from the root) is of no use to a program on this platform. */
export function isForeign(file: string, place: string): boolean;

/** Where the packages lie that `names` need at run time, themselves included, as paths from the root. */
export function closureOf(root: string, names: readonly string[]): string[];
