#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { SETTLED_NURSERY } from '../contract/memory-flags.ts';
import { keepCompiledCode } from './compiled-code.ts';

keepCompiledCode(process.env);
// Before anything is loaded: a relay waits beside every host that is open, and loading is what its nursery grows by.
if (process.argv[2] === 'mcp') setFlagsFromString(SETTLED_NURSERY);
await import('./run.ts');
