process.env.FAKE_ROLE = 'server';
await import('./fake-role.mjs');
