/**
 * The price sources of a configuration that are no chains.
 */
import type { PriceSource } from "../../aggregator/domain/ports.js"
import { type HermesSettings, hermes } from "./hermes.js"

export interface PriceSettings {
  readonly hermes?: Omit<HermesSettings, "apiKey">
}

/** @param pythApiKey sent to Hermes when it is set. */
export const priceSourcesOf = (settings: PriceSettings, pythApiKey: string | undefined): readonly PriceSource[] =>
  settings.hermes ? [hermes({ ...settings.hermes, apiKey: pythApiKey })] : []
