import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { enableHistorySync, NuqsAdapter } from 'nuqs/adapters/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueries } from './api/queries.ts';
import { Shell } from './shell/shell.tsx';
import './styles/base.css';

// A link changes the address; what reads its filters must hear of it.
enableHistorySync();

const root = document.querySelector('#root');
if (!root) throw new Error('The page has no place for the dashboard.');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <NuqsAdapter>
        <QueryClientProvider client={createQueries()}>
          <Shell />
        </QueryClientProvider>
      </NuqsAdapter>
    </CSPProvider>
  </StrictMode>,
);
