import { render } from "preact";
import "./style.css";
import { App } from "./ui/app.tsx";

render(<App />, document.querySelector("#app")!);
