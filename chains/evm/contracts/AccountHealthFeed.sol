// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AccountStatus} from "./MarginHealthReceiver.sol";

/// The part of the receiver that a feed reads.
interface IHealthSource {
    function healthOf(address holder)
        external
        view
        returns (int256 health, AccountStatus status, uint64 epoch, uint64 asOf);
}

/// The shape in which protocols read price feeds.
interface AggregatorV3Interface {
    function decimals() external view returns (uint8);
    function description() external view returns (string memory);
    function version() external view returns (uint256);
    function getRoundData(uint80 roundId)
        external
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    function latestRoundData()
        external
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// One address's health as a feed: the answer is equity above maintenance margin in US dollars * 10^18, negative for an
/// account that may be liquidated. A round is an epoch. Reads revert where the receiver has no health to give.
contract AccountHealthFeed is AggregatorV3Interface {
    IHealthSource public immutable receiver;
    address public immutable holder;

    uint8 public constant decimals = 18;
    string public constant description = "plimsoll margin health / USD";
    uint256 public constant version = 1;

    error RoundNotKept(uint80 asked, uint80 kept);

    constructor(IHealthSource receiver_, address holder_) {
        receiver = receiver_;
        holder = holder_;
    }

    function latestRoundData() public view returns (uint80, int256, uint256, uint256, uint80) {
        (int256 health,, uint64 epoch, uint64 asOf) = receiver.healthOf(holder);
        return (epoch, health, asOf, asOf, epoch);
    }

    /// Only the newest round is kept.
    function getRoundData(uint80 asked) external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint80 kept, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) = latestRoundData();
        if (asked != kept) revert RoundNotKept(asked, kept);
        return (kept, answer, startedAt, updatedAt, answeredIn);
    }
}

/// Opens feeds at addresses that follow from receiver and holder, so that a protocol can know one before it exists.
contract AccountHealthFeeds {
    IHealthSource public immutable receiver;

    event FeedOpened(address indexed holder, AccountHealthFeed feed);

    constructor(IHealthSource receiver_) {
        receiver = receiver_;
    }

    /// The holder's feed; opened if it is not there yet.
    function openFeed(address holder) external returns (AccountHealthFeed feed) {
        feed = feedOf(holder);
        if (address(feed).code.length > 0) return feed;
        new AccountHealthFeed{salt: 0}(receiver, holder);
        emit FeedOpened(holder, feed);
    }

    /// Where the holder's feed is, opened or not.
    function feedOf(address holder) public view returns (AccountHealthFeed) {
        bytes32 code = keccak256(abi.encodePacked(type(AccountHealthFeed).creationCode, abi.encode(receiver, holder)));
        bytes32 place = keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(0), code));
        return AccountHealthFeed(address(uint160(uint256(place))));
    }
}
