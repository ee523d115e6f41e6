process.env.FAKE_ROLE = 'agent';
await import('./fake-role.mjs');
