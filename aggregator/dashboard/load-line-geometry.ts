/**
 * Where the water stands on the hull: maintenance margin as a share of equity, against the marks painted on the side.
 * Doubles are enough here: this is geometry; every printed figure and every status comes from the service.
 */
import type { Margin } from "../routes/margin-schemas.js"

type Figures = NonNullable<Margin["figures"]>

/** Levels are shares of equity: at 0 the ship floats light, at 1 the maintenance margin has used up all equity. */
export interface LoadLine {
  readonly water: number
  /** Level at which equity falls to the initial margin; `null` when nothing is at risk. */
  readonly initial: number | null
  readonly liquidationEnd: number | null
}

/** Water this high covers the bridge; whatever is worse looks the same. */
const SUNK_LEVEL = 1.4

export function loadLine(figures: Figures): LoadLine {
  const maintenance = Number(figures.maintenanceMargin)
  return {
    water: waterLevel(Number(figures.equity), maintenance),
    initial: share(maintenance, Number(figures.initialMargin)),
    liquidationEnd: share(maintenance, Number(figures.liquidationEndMargin)),
  }
}

function waterLevel(equity: number, maintenance: number): number {
  if (equity < 0) return SUNK_LEVEL
  if (maintenance === 0) return 0
  return equity === 0 ? SUNK_LEVEL : Math.min(maintenance / equity, SUNK_LEVEL)
}

const share = (part: number, whole: number): number | null => (part > 0 && whole > 0 ? part / whole : null)

/** The drawing's box in SVG units: `light` is y at level 0, `unit` the height from level 0 to level 1. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly light: number
  readonly unit: number
}

export const ROW_FRAME: Frame = { width: 220, height: 76, light: 56, unit: 38 }
export const DETAIL_FRAME: Frame = { width: 440, height: 156, light: 115, unit: 79 }

export const yOf = (level: number, { light, unit }: Frame): number => Number((light - level * unit).toFixed(2))

const KEEL = -0.42
const DECK = 1.18
const POOP = 1.26

/** A cargo ship from the side, bow to the right: bulb, raked stem, forecastle, deck, poop. */
export function hullPath(frame: Frame): string {
  const at = pointIn(frame)
  return [
    `M${at(0.03, POOP)}`,
    `C${at(0.032, 0.8)} ${at(0.04, 0.5)} ${at(0.07, 0.12)}`,
    `Q${at(0.1, KEEL)} ${at(0.16, KEEL)}`,
    `L${at(0.875, KEEL)}`,
    `C${at(0.925, KEEL)} ${at(0.95, -0.3)} ${at(0.945, -0.12)}`,
    `C${at(0.94, 0.02)} ${at(0.926, 0.08)} ${at(0.928, 0.25)}`,
    `C${at(0.932, 0.7)} ${at(0.95, 1.05)} ${at(0.978, 1.38)}`,
    `C${at(0.94, 1.31)} ${at(0.91, 1.28)} ${at(0.875, 1.28)}`,
    `L${at(0.862, DECK)}L${at(0.215, DECK)}L${at(0.205, POOP)}Z`,
  ].join("")
}

/** Bridge aft, hatches amidships, mast on the forecastle. */
export function topsidePath(frame: Frame): string {
  const at = pointIn(frame)
  const box = (left: number, right: number, low: number, high: number) =>
    `M${at(left, low)}L${at(left, high)}L${at(right, high)}L${at(right, low)}Z`
  const hatches = [0, 1, 2, 3, 4, 5].map(hatch => box(0.235 + hatch * 0.104, 0.32 + hatch * 0.104, DECK, 1.24))
  const bridge = [box(0.085, 0.165, POOP, 1.36), box(0.07, 0.18, 1.35, 1.44), box(0.04, 0.06, POOP, 1.4)]
  return [...bridge, ...hatches, box(0.905, 0.909, 1.28, 1.44)].join("")
}

/** The sea from its surface down, drawn around y = 0 so that raising it is one translation. */
export function seaPath(frame: Frame): string {
  return `${surfacePath(frame)}V${2 * frame.height}H0Z`
}

export function surfacePath({ width }: Frame): string {
  const swell = width / 7
  return `M0 0${`q${swell / 4} -1.3 ${swell / 2} 0t${swell / 2} 0`.repeat(7)}`
}

const pointIn = (frame: Frame) => (x: number, level: number) => `${(x * frame.width).toFixed(1)} ${yOf(level, frame)}`
