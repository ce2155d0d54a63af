/** Write the compressed forms of a built page beside its files: node compress.mjs FOLDER */

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const TEXT = new Set([".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".webmanifest"]);
const WORTH_BYTES = 512;
/** Above it the best brotli takes a minute for a hundredth of the size. */
const LARGE_BYTES = 1 << 22;

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

async function compress(path) {
  const content = await readFile(path);
  const isText = TEXT.has(extname(path));
  const quality = content.length > LARGE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY;
  const forms = {
    gz: await gzipped(content, { level: constants.Z_BEST_COMPRESSION }),
    br: await brotlied(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: isText ? constants.BROTLI_MODE_TEXT : constants.BROTLI_MODE_GENERIC,
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  };
  for (const [ending, form] of Object.entries(forms)) {
    if (form.length < content.length) await writeFile(`${path}.${ending}`, form);
  }
}

const folder = process.argv[2];
const names = (await readdir(folder, { recursive: true })).sort();
for (const name of names) {
  const path = join(folder, name);
  const found = await stat(path);
  const kind = extname(name);
  if (found.isFile() && found.size >= WORTH_BYTES && (TEXT.has(kind) || kind === ".wasm")) await compress(path);
}
