/** Home folders to serve from, made once a day by benchmarks/page_home.py and copied for each service. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Full: everything a person may meet. Hostile: the same, where every name tries to be markup. */
export type HomeKind = "empty" | "full" | "hostile";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MAKER = join(ROOT, "benchmarks", "page_home.py");
const KEPT = join(tmpdir(), "bellwether-page-homes");
const PATIENCE_MILLISECONDS = 900_000;
const runFile = promisify(execFile);

/** The interpreter that bellwether is installed for: the checkout's, which make prepares, or the one named. */
export const PYTHON = findPython();

/** Return a home folder of its own: whatever is done there is gone with it. */
export async function makeHome(kind: HomeKind): Promise<string> {
  // By the name that a home has by default: the page shows where it is.
  const home = join(await mkdtemp(join(tmpdir(), "bellwether-page-")), ".bellwether");
  if (kind !== "empty") {
    await cp(await keepHome(kind), home, { recursive: true });
  }
  return home;
}

/** Return the folder that others are copied from, and fill it where it is not there. */
export async function keepHome(kind: Exclude<HomeKind, "empty">): Promise<string> {
  const place = join(KEPT, `${kind}-${await nameOfToday()}`);
  if (existsSync(place)) {
    return place;
  }
  await forgetOld(kind);
  const made = await mkdtemp(join(KEPT, "making-"));
  const flags = kind === "hostile" ? ["--hostile"] : [];
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("BELLWETHER_"));
  await runFile(PYTHON, [MAKER, made, ...flags], {
    timeout: PATIENCE_MILLISECONDS,
    env: { ...Object.fromEntries(own), OMP_NUM_THREADS: "1" },
    maxBuffer: 1 << 26,
  });
  try {
    await rename(made, place);
  } catch {
    await rm(made, { recursive: true }); // another process was faster
  }
  return place;
}

/** Every session that closes leaves a home behind that is older by one. */
async function nameOfToday(): Promise<string> {
  const maker = createHash("sha256").update(await readFile(MAKER)).digest("hex");
  const lastClose = new Date(Date.now() - 21 * 3_600_000);
  return `${maker.slice(0, 12)}-${lastClose.toISOString().slice(0, 10)}`;
}

async function forgetOld(kind: string): Promise<void> {
  await mkdir(KEPT, { recursive: true });
  for (const name of await readdir(KEPT)) {
    if (name.startsWith(`${kind}-`)) {
      await rm(join(KEPT, name), { recursive: true, force: true });
    }
  }
}

function findPython(): string {
  const own = join(ROOT, ".venv", "bin", "python");
  return existsSync(own) ? own : (process.env.PYTHON ?? "python3");
}
