// What the images that are moved around consist of: the same bytes at every run, as compressible as real ones. Texts and
// programs shrink to a third, pictures not at all.
import { createCipheriv } from 'node:crypto';

/** @typedef {import('../../../scripts/fixtures/tar.mjs').Entry} Entry */
/** @typedef {'text' | 'program' | 'picture'} Kind */

const POOL = 8 << 20;
const LARGE_FILE = 16 << 20;

/** As many bytes that nothing compresses, told apart by a number. */
function noise(size, seed) {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

function text(size) {
  const letters = noise(64 << 10, 11);
  const words = Array.from({ length: 2048 }, (_, i) => {
    const at = i * 12;
    const length = 2 + (letters[at] % 9);
    return Buffer.from(letters.subarray(at + 1, at + 1 + length).map((byte) => 97 + (byte % 26))).toString();
  });
  const picks = noise(size, 12);
  const parts = [];
  let bytes = 0;
  for (let at = 0; bytes < size; at = (at + 3) % (size - 3)) {
    // Some words come far more often than others.
    const rank = Math.floor((((picks[at] << 8) | picks[at + 1]) / 65_536) ** 3 * words.length);
    const word = `${words[rank]}${picks[at + 2] < 20 ? '\n' : ' '}`;
    parts.push(word);
    bytes += word.length;
  }
  return Buffer.from(parts.join('')).subarray(0, size);
}

/** Twelve bytes each: an instruction that comes again and again, an address of its own, zeros now and then. */
function program(size) {
  const instructions = noise(8 * 512, 21);
  const picks = noise(size, 22);
  const bytes = Buffer.alloc(size);
  for (let at = 0, pick = 0; at + 12 <= size; at += 12, pick += 5) {
    const which = picks[pick] & picks[pick + 1];
    instructions.copy(bytes, at, which * 8, which * 8 + 8);
    if (picks[pick + 2] > 80) picks.copy(bytes, at + 8, pick + 2, pick + 5);
  }
  return bytes;
}

/** Gives the content of files, each another part of a few megabytes that were made once. */
export class Content {
  static #pools = { text: text(POOL), program: program(POOL), picture: noise(POOL, 31) };
  #at;

  /** What is made from another number has no file in common. */
  constructor(number) {
    this.#at = number;
  }

  /** @param {Kind} kind */
  file(kind, size) {
    const pool = Content.#pools[kind];
    const parts = [];
    for (let left = size; left > 0; ) {
      this.#at = (this.#at * 69_069 + 12_345) % POOL;
      const part = pool.subarray(this.#at, Math.min(POOL, this.#at + left));
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, size);
  }

  /**
   * Files in folders of forty below `root`, about `size` bytes each: most smaller, a few much larger.
   * @param {Kind} kind
   * @returns {Entry[]}
   */
  files(root, kind, count, size) {
    const entries = [{ path: root, type: 'dir' }];
    const spread = noise(count, count);
    for (let i = 0; i < count; i++) {
      const folder = `${root}/part-${Math.floor(i / 40)}`;
      if (i % 40 === 0) entries.push({ path: folder, type: 'dir' });
      const bytes = Math.round(size * (0.1 + 3.6 * (spread[i] / 256) ** 3));
      entries.push({ path: `${folder}/file-${i}`, type: 'file', content: this.file(kind, bytes) });
    }
    return entries;
  }
}

/** The image of a number: eight layers and about 150 MB, from a distribution's base to a few settings. */
export function eightLayers(number) {
  const content = new Content(number);
  const layer = (createdBy, entries) => ({ createdBy, entries });
  const base = content.files('usr/share', 'text', 2500, 8_000);
  return [
    layer('ADD rootfs.tar.xz /', [
      { path: 'usr', type: 'dir' },
      ...base,
      ...content.files('usr/lib', 'program', 900, 40_000),
    ]),
    layer('RUN install the runtime', [
      { path: 'usr/local', type: 'dir' },
      { path: 'usr/local/bin', type: 'dir' },
      { path: 'usr/local/bin/runtime', type: 'file', mode: 0o755, content: content.file('program', 40_000_000) },
    ]),
    layer('RUN install the packages', [
      { path: 'app', type: 'dir' },
      ...content.files('app/node_modules', 'text', 4000, 4_500),
    ]),
    layer('COPY pictures /app/pictures', content.files('app/pictures', 'picture', 120, 150_000)),
    layer('COPY src /app/src', content.files('app/src', 'text', 200, 6_000)),
    layer('RUN build', content.files('app/dist', 'program', 30, 200_000)),
    layer('RUN update', base.slice(0, 400)),
    layer('COPY settings /etc', [
      { path: 'etc', type: 'dir' },
      { path: 'etc/settings', type: 'file', content: `number = ${number}\n` },
    ]),
  ];
}

/** Four layers of as many bytes together, in files of 16 MiB: as good as incompressible. */
export function largeLayers(bytes) {
  return [0, 1, 2, 3].map((layer) => ({
    createdBy: `COPY data-${layer} /data-${layer}`,
    entries: largeFiles(layer, bytes / 4 / LARGE_FILE),
  }));
}

function* largeFiles(layer, count) {
  yield { path: `data-${layer}`, type: 'dir' };
  for (let file = 0; file < count; file++) {
    const content = noise(LARGE_FILE, 1000 + layer * 100 + file);
    yield { path: `data-${layer}/${file}`, type: 'file', content };
  }
}

/** Sixty layers over a base that has a shell: each brings a folder and changes a file of the one below. */
export function sixtyLayers(base) {
  const own = Array.from({ length: 60 - base.length }, (_, i) => ({
    createdBy: `RUN step ${i}`,
    entries: [
      { path: `opt/step-${i}`, type: 'dir' },
      ...Array.from({ length: 5 }, (_, file) => ({
        path: `opt/step-${i}/file-${file}`,
        type: 'file',
        content: `${i} ${file}\n`,
      })),
      { path: 'opt/changed', type: 'file', content: `${i}\n` },
    ],
  }));
  return [...base, ...own];
}
