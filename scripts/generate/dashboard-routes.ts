import { type Operation, takesBody } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';

/** What the dashboard needs of each operation to call it, without the schemas. */
export function dashboardRoutes(): string {
  const rows = Object.entries<Operation>(operations).map(
    ([
      key,
      {
        http: [method, path],
        scope,
        waitsS,
      },
    ]) => {
      const row = {
        method,
        path,
        scope,
        ...(takesBody(method) ? { body: true } : {}),
        ...(waitsS ? { waits: true } : {}),
      };
      return `  ${key}: ${JSON.stringify(row)},`;
    },
  );
  return `/** Made from src/contract/operations by npm run gen. */
export const ROUTES = {
${rows.join('\n')}
} as const;
`;
}
