/** Source kind `download`: the publisher's address, over TLS, checked by sha256, and never waited for long. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const connectTimeoutMs = 4_000;
const stallTimeoutMs = 30_000;
const progressEveryMs = 5_000;

/**
 * What a machine without internet may lose to addresses that never answer, over all artifacts of one run. Firewalls
 * that drop packets would otherwise cost one connect time-out for each address.
 */
const patience = { leftMs: 5_000 };
const unreachableHosts = new Set();

/** Puts the artifact's files into `folder`; throws when an address does not answer or a checksum differs. */
export async function fetchByDownload(source, { artifact, platform, folder, log }) {
  const checksums = source.archive ? [source.sha256[platform]] : artifact.files.map((file) => file.sha256);
  if (checksums.includes(undefined)) throw new Error(`there is no build for ${platform}`);
  const urls = source.urls(platform.split('-'));
  for (const [index, url] of urls.entries()) {
    const name = source.archive ? `archive.${source.archive}` : artifact.files[index].name;
    await download(url, path.join(folder, name), checksums[index], log);
    if (source.archive) await unpack(path.join(folder, name), folder, source.inFolder);
  }
  return folder;
}

async function download(url, file, sha256, log) {
  const { host } = new URL(url);
  if (unreachableHosts.has(host) || patience.leftMs <= 0) throw new Error(`${host} cannot be reached`);
  const abort = new AbortController();
  const response = await connect(url, host, abort);
  if (!response.ok || !response.body) {
    abort.abort();
    throw new Error(`${host} answered ${response.status}`);
  }
  const hash = createHash('sha256');
  const totalBytes = Number(response.headers.get('content-length')) || undefined;
  const watch = watchProgress({ host, totalBytes, abort, log });
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(
      Readable.fromWeb(response.body),
      async function* tap(chunks) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          watch.received(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  } finally {
    watch.stop();
  }
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    await rm(file, { force: true });
    throw new Error(`${host} sent a file with sha256 ${actual}, expected ${sha256}`);
  }
}

async function connect(url, host, abort) {
  const startedAtMs = Date.now();
  const timer = setTimeout(() => abort.abort(), Math.min(connectTimeoutMs, patience.leftMs));
  try {
    return await fetch(url, { signal: abort.signal });
  } catch (error) {
    unreachableHosts.add(host);
    patience.leftMs -= Date.now() - startedAtMs;
    const reason = abort.signal.aborted ? 'no answer in time' : (error.cause?.code ?? error.message);
    throw new Error(`${host} cannot be reached (${reason})`);
  } finally {
    clearTimeout(timer);
  }
}

function watchProgress({ host, totalBytes, abort, log }) {
  let receivedBytes = 0;
  let stall = setTimeout(() => abort.abort(), stallTimeoutMs);
  const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
  const report = setInterval(() => {
    log(`… ${megabytes(receivedBytes)}${totalBytes ? ` of ${megabytes(totalBytes)}` : ''} MB from ${host}`);
  }, progressEveryMs);
  return {
    received(bytes) {
      receivedBytes += bytes;
      clearTimeout(stall);
      stall = setTimeout(() => abort.abort(), stallTimeoutMs);
    },
    stop() {
      clearTimeout(stall);
      clearInterval(report);
    },
  };
}

/** Every system that the binaries exist for has `tar`; Node ships no reader for the format. */
async function unpack(archive, folder, inFolder) {
  await new Promise((resolve, reject) => {
    const options = ['-xzf', archive, '-C', folder, ...(inFolder ? ['--strip-components=1'] : [])];
    const tar = spawn('tar', options, { stdio: 'ignore' });
    tar.on('error', () => reject(new Error('the program "tar" is missing')));
    tar.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tar could not read the archive (${code})`))));
  });
  await rm(archive, { force: true });
}
