import "./styles/index.css";

import { render } from "preact";

import { App } from "./app/App";
import { restoreTheme } from "./app/theme";

restoreTheme();
const place = document.getElementById("page");
if (place !== null) {
  render(<App />, place);
}
