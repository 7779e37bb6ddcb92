// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token with the habits that real ones have and nobody expects: any number of decimals, a fee on each transfer,
///         a pause in which it answers nothing.
contract AwkwardToken is ERC20 {
    uint256 private constant BASIS = 10_000;
    uint8 private immutable places;
    uint256 public immutable transferFee;
    bool public paused;

    error Paused();

    /// @param transferFee_ basis points of what is transferred; they are burnt
    constructor(uint8 decimals_, uint256 transferFee_) ERC20("Awkward", "AWK") {
        places = decimals_;
        transferFee = transferFee_;
    }

    function decimals() public view override returns (uint8) {
        return places;
    }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (paused) revert Paused();
        return super.balanceOf(account);
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * transferFee) / BASIS;
        if (fee > 0) super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}
