/** Does a path of the table stand for this location? `:id` is one part of it. */
export function isAt(path: string, location: string): boolean {
  const wanted = path.split('/');
  const given = location.split('/');
  return wanted.length === given.length && wanted.every((part, nth) => part.startsWith(':') || part === given[nth]);
}
