/** The engine: onnxruntime in WebAssembly, on one thread, its file from where the page says. */

import * as ort from "onnxruntime-web/wasm";

import type { Engine, Session } from "./engine.js";
import type { Kind, Tensor, Tensors } from "./tensors.js";

const OPTIONS: ort.InferenceSession.SessionOptions = {
  executionProviders: ["wasm"],
  executionMode: "sequential",
  // To rewrite a graph takes .2 s and gains nothing any more: it is written as it is to be run.
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 4,
  extra: { session: { load_model_format: "ONNX" } },
};
/** A module without content: the mark and the version that every one begins with. */
const NOTHING = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const KINDS: readonly string[] = ["float64", "float32", "int64", "int32", "bool", "int8", "uint8"];

/** Where the engine's WebAssembly file is; or, where nothing is to be fetched, what gives its content. */
export type WasmFile = string | (() => Promise<Uint8Array<ArrayBuffer>>);

/**
 * Return the engine.
 *
 * @param file Its WebAssembly file; fetched at once, and again where that failed.
 *
 * Left to itself the engine would look for the file, write to the console what it raises anyway, and
 * guess the format of a graph.
 */
export function wasmEngine(file: WasmFile): Engine {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.logLevel = "fatal";
  const inTurn = turns();
  // On its way before the first graph has arrived; who needs it hears what became of it.
  let prepared: Promise<unknown> | null = prepare(file);
  prepared.catch(() => undefined);
  return {
    async open(graph: Uint8Array): Promise<Session> {
      const session = await inTurn(async () => {
        prepared ??= prepare(file);
        try {
          await prepared;
        } catch (error) {
          prepared = null;
          throw error;
        }
        return ort.InferenceSession.create(graph, OPTIONS);
      });
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        run: (inputs) => inTurn(() => run(session, inputs)),
      };
    },
  };
}

/**
 * Tell the engine where its file is, once this page may run such a one, and it is one.
 *
 * @returns What was compiled: as long as it is held, it is what the engine gets.
 */
async function prepare(file: WasmFile): Promise<WebAssembly.Module | null> {
  // The smallest module there is: a page whose policy forbids WebAssembly says so here.
  await WebAssembly.compile(NOTHING);
  if (typeof file !== "string") {
    ort.env.wasm.wasmBinary = await file();
    return null;
  }
  const response = await fetch(file);
  if (!response.ok) throw new Error(`the WebAssembly file: the server answered ${response.status}`);
  if (response.headers.get("content-type")?.startsWith("application/wasm")) {
    // A browser keeps what it compiled of a file by its address, and the engine then asks for the
    // same one: on the next visit most of it need not be compiled again. Of mere bytes it keeps nothing.
    const module = await WebAssembly.compileStreaming(response);
    ort.env.wasm.wasmPaths = { wasm: file };
    return module;
  }
  const content = new Uint8Array(await response.arrayBuffer());
  const isModule = NOTHING.every((byte, place) => content[place] === byte);
  if (!isModule) throw new Error("the WebAssembly file: something else is there");
  ort.env.wasm.wasmBinary = content;
  return null;
}

/** Return what lets one act begin when the one before has ended. */
function turns(): <Value>(act: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function run(session: ort.InferenceSession, inputs: Tensors): Promise<Tensors> {
  const feeds = Object.entries(inputs).map(([name, tensor]) => [name, toEngine(tensor)] as const);
  const outputs = await session.run(Object.fromEntries(feeds));
  const ordered = session.outputNames.map((name) => [name, fromEngine(outputs[name]!)] as const);
  return Object.fromEntries(ordered);
}

function toEngine(tensor: Tensor): ort.Tensor {
  return new ort.Tensor(tensor.kind, tensor.data as Float64Array, tensor.shape);
}

function fromEngine(tensor: ort.Tensor): Tensor {
  if (!KINDS.includes(tensor.type)) throw new TypeError(`an output of ${tensor.type}`);
  return { kind: tensor.type as Kind, shape: tensor.dims, data: tensor.data as Tensor["data"] };
}
