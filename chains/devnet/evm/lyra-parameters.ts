/**
 * The parameters a Lyra Avalon market is opened with: those of the protocol's own test deployment (0.1.3-alpha),
 * where no reason for another value is given.
 */
import { maxUint256, parseEther, zeroAddress } from "viem"

const HOUR = 3_600n
const DAY = 24n * HOUR
const WEEK = 7n * DAY

/** Receives the reserved fees; nothing lives there. */
export const SECURITY_MODULE = "0xefeefeefeefeefeefeefeefeefeefeefeefeefee"

/** Share of an exchange between quote and base; the pool hedges its calls only below `maxFeePaid`. */
export const QUOTE_TO_BASE_FEE = parseEther("0.005")
export const BASE_TO_QUOTE_FEE = parseEther("0.0075")

/** The hedger keeps twice what its short position owes. */
export const HEDGER_SHORT_BUFFER = parseEther("2")

export const OPTION_MARKET = {
  maxBoardExpiry: 48n * WEEK,
  securityModule: SECURITY_MODULE,
  feePortionReserved: parseEther("0.1"),
  staticBaseSettlementFee: BASE_TO_QUOTE_FEE,
}

export const LIQUIDITY_POOL = {
  minDepositWithdraw: parseEther("1"),
  depositDelay: WEEK,
  withdrawalDelay: WEEK,
  withdrawalFee: parseEther("0.01"),
  liquidityCBThreshold: parseEther("0.01"),
  liquidityCBTimeout: 3n * DAY,
  ivVarianceCBThreshold: parseEther("0.1"),
  skewVarianceCBThreshold: parseEther("0.35"),
  ivVarianceCBTimeout: 12n * HOUR,
  skewVarianceCBTimeout: 12n * HOUR,
  guardianMultisig: zeroAddress,
  guardianDelay: 2n * WEEK,
  boardSettlementCBTimeout: 6n * HOUR,
  maxFeePaid: parseEther("0.01"),
}

export const POOL_HEDGER = { interactionDelay: DAY, hedgeCap: maxUint256 }

export const GREEK_CACHE = {
  maxStrikesPerBoard: 30n,
  acceptableSpotPricePercentMove: parseEther("0.05"),
  staleUpdateDuration: 3n * HOUR,
  varianceIvGWAVPeriod: DAY,
  varianceSkewGWAVPeriod: 3n * DAY,
  optionValueIvGWAVPeriod: DAY,
  optionValueSkewGWAVPeriod: 3n * DAY,
  gwavSkewFloor: parseEther("0.5"),
  gwavSkewCap: parseEther("2"),
  rateAndCarry: parseEther("0.05"),
}

export const MIN_COLLATERAL = {
  minStaticQuoteCollateral: parseEther("200"),
  minStaticBaseCollateral: parseEther("0.2"),
  shockVolA: parseEther("2.5"),
  shockVolPointA: 2n * WEEK,
  shockVolB: parseEther("1.8"),
  shockVolPointB: 8n * WEEK,
  callSpotPriceShock: parseEther("1.2"),
  putSpotPriceShock: parseEther("0.8"),
}

export const FORCE_CLOSE = {
  ivGWAVPeriod: 12n * HOUR,
  skewGWAVPeriod: DAY,
  shortVolShock: parseEther("1.2"),
  shortPostCutoffVolShock: parseEther("1.4"),
  longVolShock: parseEther("0.8"),
  longPostCutoffVolShock: parseEther("0.5"),
  liquidateVolShock: parseEther("1.3"),
  liquidatePostCutoffVolShock: parseEther("1.6"),
  shortSpotMin: parseEther("0.01"),
  liquidateSpotMin: parseEther("0.02"),
}

export const PRICING = {
  optionPriceFeeCoefficient: parseEther("0.01"),
  optionPriceFee1xPoint: 6n * WEEK,
  optionPriceFee2xPoint: 16n * WEEK,
  spotPriceFeeCoefficient: parseEther("0.01"),
  spotPriceFee1xPoint: 6n * WEEK,
  spotPriceFee2xPoint: 12n * WEEK,
  vegaFeeCoefficient: parseEther("100"),
  // Ten times the protocol's: books of tens of contracts then move the implied volatility by points, not by tens of points.
  standardSize: parseEther("50"),
  skewAdjustmentFactor: parseEther("0.75"),
}

export const TRADE_LIMITS = {
  minDelta: parseEther("0.15"),
  minForceCloseDelta: parseEther("0.25"),
  tradingCutoff: 12n * HOUR,
  minBaseIV: parseEther("0.35"),
  maxBaseIV: parseEther("2"),
  minSkew: parseEther("0.5"),
  maxSkew: parseEther("1.5"),
  // The protocol's 0.55 would close the market at the volatilities of a calm year.
  minVol: parseEther("0.35"),
  maxVol: parseEther("3"),
  absMinSkew: parseEther("0.15"),
  absMaxSkew: parseEther("5"),
  capSkewsToAbs: false,
}

export const VARIANCE_FEE = {
  defaultVarianceFeeCoefficient: parseEther("0.25"),
  forceCloseVarianceFeeCoefficient: parseEther("0.25"),
  skewAdjustmentCoefficient: parseEther("3"),
  referenceSkew: parseEther("1"),
  minimumStaticSkewAdjustment: parseEther("1"),
  vegaCoefficient: parseEther("0.01"),
  minimumStaticVega: 0n,
  ivVarianceCoefficient: parseEther("1.5"),
  minimumStaticIvVariance: parseEther("1"),
}

export const PARTIAL_COLLATERAL = {
  penaltyRatio: parseEther("0.2"),
  liquidatorFeeRatio: parseEther("0.4"),
  smFeeRatio: parseEther("0.3"),
  minLiquidationFee: parseEther("15"),
}
