import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Small parts that most pages use; one that draws a dialog or a menu stands apart. */
const LEAVES =
  /dashboard\/(ui\/(badge|dot|empty|facts|panel|row-link|time|trouble|untrusted)|words\/|ui\/rows\.module)/;

/** Static files under a strict policy: no `data:` address, no inline code, no polyfill that would inject one. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What most pages use is one file: each of twenty small ones would cost half a kilobyte of headers.
        codeSplitting: { groups: [{ name: 'kit', test: LEAVES, minShareCount: 4 }] },
      },
    },
  },
  logLevel: 'warn',
});
