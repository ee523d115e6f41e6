/** Lays out what a container image holds in `folder`, readable by every user. */
export function layOutImage(name: 'queue' | 'agent', folder: string): void;
