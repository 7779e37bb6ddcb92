/**
 * Starts the page: one root, one stream.
 */
import { render } from "preact"
import { Page } from "./page.js"

const root = document.querySelector("#page")
if (root === null) throw new Error("index.html has no #page to render into")
render(<Page streamUrl="/v1/stream" />, root)
