/**
 * Text that is too faint, found by computing what the browser painted: WCAG 2 contrast of every visible text.
 */
import type { Page } from "playwright-core"

export interface FaintText {
  readonly text: string
  readonly ratio: number
}

/** Every text on the page below 4.5:1 against its own background; all texts count as small. */
export function faintTexts(page: Page): Promise<FaintText[]> {
  return page.evaluate(() => {
    type Color = readonly [red: number, green: number, blue: number, alpha: number]
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
    if (canvas === null) throw new Error("no canvas to read colours with")

    const rgba = (css: string): Color => {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = css
      canvas.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [red, green, blue, alpha / 255]
    }
    const over = ([r, g, b, a]: Color, [R, G, B]: Color): Color => [
      r * a + R * (1 - a),
      g * a + G * (1 - a),
      b * a + B * (1 - a),
      1,
    ]
    const background = (element: Element | null): Color =>
      element === null
        ? [255, 255, 255, 1]
        : over(rgba(getComputedStyle(element).backgroundColor), background(element.parentElement))
    const linear = (channel: number) => (channel <= 10.31 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4)
    const luminance = ([r, g, b]: Color) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)

    const faint: { text: string; ratio: number }[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement
      const text = walker.currentNode.textContent?.trim() ?? ""
      if (element === null || text === "" || element.closest("svg, noscript, .hidden") || !element.checkVisibility())
        continue
      const behind = background(element)
      const front = over(rgba(getComputedStyle(element).color), behind)
      const [light, dark] = [luminance(front), luminance(behind)].sort((a, b) => b - a)
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
      if (ratio < 4.5) faint.push({ text, ratio })
    }
    return faint
  })
}
