/**
 * JSON that many ask for, written once a change of the book: requests and streams share the text.
 */
import type { Context, TypedResponse } from "hono"
import { jsonAnswer } from "../http/answer-headers.js"
import type { MarginBook } from "../store/margin-book.js"

/** Answers with what `context.json` would write of the view, written before. */
export const jsonText = <View>(context: Context, text: string) =>
  jsonAnswer(context, text) as unknown as TypedResponse<View, 200, "json">

export class RenderCache {
  #version = -1
  readonly #texts = new Map<string, string>()

  constructor(readonly book: MarginBook) {}

  /** The text under the name; `view` makes it when the book has changed since. */
  text(name: string, view: () => unknown): string {
    if (this.#version !== this.book.version) {
      this.#texts.clear()
      this.#version = this.book.version
    }
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    const text = JSON.stringify(view())
    this.#texts.set(name, text)
    return text
  }
}
