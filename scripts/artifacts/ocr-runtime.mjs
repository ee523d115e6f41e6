import { thisPlatform } from './platform.mjs';

/** The native half of the OCR runtime: two files a platform. Its JavaScript is bundled into our programs. */
const ocrRuntimeFiles = {
  'linux-x64': [
    {
      name: 'onnxruntime_binding.node',
      sha256: 'ccdc60b981d93a490cf9513d3f583547252b6e285b72988a96a494f2f006c7b8',
    },
    { name: 'libonnxruntime.so.1', sha256: 'ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23' },
  ],
  'linux-arm64': [
    {
      name: 'onnxruntime_binding.node',
      sha256: 'afec78dc11d38dc81605b068cefe1fc73ffe77ca240c15468aa40786150beac8',
    },
    { name: 'libonnxruntime.so.1', sha256: '1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76' },
  ],
  'darwin-arm64': [
    {
      name: 'onnxruntime_binding.node',
      sha256: 'a3f993357759b06ae2411f70af60f5e041d04521ea7f0d12cb7546e411a527dd',
    },
    {
      name: 'libonnxruntime.1.30.0.dylib',
      sha256: '685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d',
    },
    { name: 'libonnxruntime.1.dylib', sha256: '685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d' },
  ],
};

/**
 * No dependency of the published package: that one holds the binaries of five platforms (243 MB of others), and its
 * install script downloads GPU parts and ends `npm install` where their address cannot be reached.
 */
export const ocrRuntime = {
  title: 'OCR runtime (ONNX Runtime)',
  version: '1.30.0',
  sizeMb: 108,
  perPlatform: true,
  files: ocrRuntimeFiles[thisPlatform] ?? [],
  sources: [
    {
      kind: 'npm',
      package: () => 'onnxruntime-node',
      version: '1.30.0',
      folder: ([os, cpu]) => `bin/napi-v6/${os}/${cpu}`,
    },
  ],
  byHand: (folder) =>
    `put the files that bin/napi-v6 of the npm package onnxruntime-node@1.30.0 holds for this system into ${folder}.`,
};
