// The built client, in reach of the test.
import * as bellwether from "/dist/index.js";

globalThis.bellwether = bellwether;
