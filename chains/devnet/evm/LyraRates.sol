// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {LyraAggregator} from "./LyraAggregator.sol";

/// @notice The exchange rates that Lyra's Synthetix adapter asks for, answered from one Chainlink aggregator,
///         so that the options market follows the same feed as everything else on its chain.
contract LyraRates {
    /// @dev Synthetix's own default for how old a rate may be.
    uint256 public constant STALE_AFTER = 25 hours;

    LyraAggregator public immutable aggregator;
    bytes32 public immutable currencyKey;
    uint256 private immutable toEighteenDecimals;

    constructor(LyraAggregator aggregator_, bytes32 currencyKey_) {
        aggregator = aggregator_;
        currencyKey = currencyKey_;
        toEighteenDecimals = 10 ** (18 - aggregator_.decimals());
    }

    /// @return rate US dollars per unit at 18 decimals; 0 for any other currency
    /// @return invalid whether the rate is missing, not positive or stale
    function rateAndInvalid(bytes32 key) external view returns (uint256 rate, bool invalid) {
        if (key != currencyKey) return (0, true);
        (, int256 answer,, uint256 updatedAt,) = aggregator.latestRoundData();
        if (answer <= 0) return (0, true);
        return (uint256(answer) * toEighteenDecimals, block.timestamp > updatedAt + STALE_AFTER);
    }
}
