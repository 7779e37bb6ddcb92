// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice OpenZeppelin's ERC-4626 with what the standard lets a vault do to its holders: keep a fee on the way out,
///         close its doors for a while, and lend out so much that not everybody can leave at once.
contract ShareVault is ERC4626 {
    uint256 private constant BASIS = 10_000;
    uint256 public immutable exitFee;
    bool public paused;
    uint256 public lentOut;

    /// @param exitFee_ basis points of what is redeemed; they stay in the vault
    constructor(IERC20 asset_, uint256 exitFee_) ERC20("Vault share", "SHARE") ERC4626(asset_) {
        exitFee = exitFee_;
    }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    /// @notice Sends assets out to where they earn; they still count as the vault's.
    function lend(address to, uint256 assets) external {
        lentOut += assets;
        IERC20(asset()).transfer(to, assets);
    }

    function totalAssets() public view override returns (uint256) {
        return super.totalAssets() + lentOut;
    }

    function maxRedeem(address owner) public view override returns (uint256) {
        if (paused) return 0;
        uint256 liquid = _convertToShares(super.totalAssets(), Math.Rounding.Floor);
        return Math.min(balanceOf(owner), liquid);
    }

    function maxWithdraw(address owner) public view override returns (uint256) {
        return previewRedeem(maxRedeem(owner));
    }

    function previewRedeem(uint256 shares) public view override returns (uint256) {
        uint256 assets = super.previewRedeem(shares);
        return assets - Math.mulDiv(assets, exitFee, BASIS, Math.Rounding.Ceil);
    }

    function previewWithdraw(uint256 assets) public view override returns (uint256) {
        return super.previewWithdraw(Math.mulDiv(assets, BASIS, BASIS - exitFee, Math.Rounding.Ceil));
    }
}
