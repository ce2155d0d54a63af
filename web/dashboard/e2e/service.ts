/** The real service on a home folder of its own: started on a free port, and stopped again. */

import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { PYTHON, makeHome } from "./homes";
import type { HomeKind } from "./homes";

const READY_SECONDS = 90;
const GRACE_SECONDS = 20;
const BUILT = new URL("../../../src/bellwether/dashboard/static/index.html", import.meta.url);
const runFile = promisify(execFile);

/** How a service is started. */
export interface ServiceOptions {
  readonly home?: HomeKind;
  /** Further flags of `bellwether serve`. */
  readonly flags?: readonly string[];
  /** Settings by their environment variables, such as BELLWETHER_MODELS_ENABLED. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Commands of bellwether that are run on the home before. */
  readonly before?: readonly (readonly string[])[];
}

/** A service that runs. */
export interface Service {
  /** Its origin, without a slash at the end. */
  readonly url: string;
  /** Its home folder, thrown away when it stops. */
  readonly home: string;
  /** What each of the commands before printed. */
  readonly told: readonly string[];
  /** Whatever it wrote. */
  log(): string;
  /** Run a command of bellwether on its home, and return what that printed. */
  run(...words: string[]): Promise<string>;
  /** End it, as if the machine had lost it; the home stays. */
  kill(): Promise<void>;
  /** Begin again at the same port after `kill`. */
  restart(): Promise<void>;
  /** End it, and throw the home away. */
  stop(): Promise<void>;
}

/** Start a service and wait until it answers. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  if (!existsSync(BUILT)) {
    throw new Error("expected the built page, was none; build it: make page");
  }
  const [home, port] = await Promise.all([makeHome(options.home ?? "full"), findPort()]);
  const environment = {
    ...withoutSettings(process.env),
    OMP_NUM_THREADS: "1",
    BELLWETHER_MONITOR_BY_SERVICE: "false",
    // A machine under load is not what is tested: the model may take its time.
    BELLWETHER_TIME_BUDGET_SECONDS: "5",
    ...options.environment,
  };
  const place = dirname(home);
  const url = `http://127.0.0.1:${port}`;
  const run = async (...words: string[]): Promise<string> =>
    (await runFile(PYTHON, ["-m", "bellwether", ...words], { env: environment, cwd: place })).stdout;
  const told: string[] = [];
  for (const command of options.before ?? []) {
    told.push(await run(...command));
  }
  const words: string[] = [];
  const begin = (): ChildProcess => {
    const command = ["-m", "bellwether", "serve", `--port=${port}`, ...(options.flags ?? [])];
    const child = spawn(PYTHON, command, { env: environment, cwd: place, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => words.push(data.toString()));
    }
    return child;
  };
  let child = begin();
  const log = (): string => words.join("");
  const kill = (): Promise<void> => end(child, "SIGKILL");
  const ready = (): Promise<void> => untilReady(url, child, log);
  await ready();
  return {
    url,
    home,
    log,
    told,
    kill,
    run,
    restart: async () => {
      child = begin();
      await ready();
    },
    stop: async () => {
      await end(child, "SIGTERM");
      await rm(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + READY_SECONDS * 1000;
  while (Date.now() < until && child.exitCode === null) {
    try {
      if ((await fetch(`${url}/v1/health/live`)).ok) {
        return;
      }
    } catch {
      // not there yet
    }
    await rest(100);
  }
  await end(child, "SIGKILL");
  throw new Error(`expected a service within ${READY_SECONDS} s, was:\n${log()}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  child.kill(signal);
  await Promise.race([ended, rest(GRACE_SECONDS * 1000).then(() => child.kill("SIGKILL"))]);
  await ended;
}

/** Nothing that whoever runs the tests has set for services of their own. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("BELLWETHER_")));
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
