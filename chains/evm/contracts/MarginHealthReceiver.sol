// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {
    CoreBridgeVM,
    ICoreBridge
} from "@wormhole-foundation/wormhole-solidity-sdk/contracts/interfaces/ICoreBridge.sol";

/// The ladder of a healthy to a broken account, then the two that say "no number can be trusted".
enum AccountStatus {
    NORMAL,
    MARGIN_CALL,
    REDUCE_ONLY,
    LIQUIDATABLE,
    BANKRUPT,
    STALE,
    UNAVAILABLE
}

/// How the weakest chain was read: one endpoint's word, a quorum of endpoints, or guardians' signatures.
enum InputGrade {
    SINGLE,
    QUORUM,
    QUERY
}

/// One linked address of one account. Money is signed US dollars * 10^18.
struct AccountLeaf {
    uint32 index;
    uint16 wormholeChain;
    bytes32 holder;
    bytes32 account;
    int256 equity;
    int256 initialMargin;
    int256 maintenanceMargin;
    AccountStatus status;
    uint64 asOf;
}

/// Everything an epoch pins, so that anybody can compute it again.
struct HeaderLeaf {
    bytes32 wasmHash;
    bytes32 policyHash;
    bytes32 snapshotHash;
    uint32 leafCount;
    bytes32 pinsHash;
}

/// The newest attestation. `consistencyLevel` tells how final its message was on the emitter's chain.
struct Attestation {
    bytes32 root;
    uint64 epoch;
    uint64 timestamp;
    uint32 validity;
    InputGrade inputGrade;
    uint8 consistencyLevel;
}

/// Keeps the newest margin attestation of one emitter and proves accounts against it.
/// Holds no funds and has no owner: the emitter is fixed at construction, a rising epoch is the replay protection.
contract MarginHealthReceiver {
    /// keccak256("plimsoll/account-leaf/1")
    bytes32 private constant ACCOUNT_LEAF_TAG = keccak256("plimsoll/account-leaf/1");
    /// keccak256("plimsoll/header-leaf/1")
    bytes32 private constant HEADER_LEAF_TAG = keccak256("plimsoll/header-leaf/1");

    // Payload, big-endian:  0 magic "PLIM" | 4 version | 5 epoch | 13 timestamp | 21 validity | 25 grade | 26 root | 58
    uint256 private constant PAYLOAD_LENGTH = 58;
    uint256 private constant PAYLOAD_MAGIC = 0x504c494d;
    uint256 private constant PAYLOAD_VERSION = 1;

    /// Clocks of chains differ by seconds; a timestamp further ahead would stretch the validity.
    uint256 private constant MAX_SECONDS_AHEAD = 10 minutes;

    ICoreBridge public immutable core;
    uint16 public immutable emitterChain;
    bytes32 public immutable emitter;

    Attestation private newest;

    event AttestationReceived(
        uint64 indexed epoch,
        bytes32 root,
        uint64 timestamp,
        uint32 validity,
        InputGrade inputGrade,
        uint8 consistencyLevel
    );

    error InvalidVaa(string reason);
    error UnknownEmitter(uint16 chain, bytes32 emitter);
    error MalformedPayload();
    error EpochNotRising(uint64 received, uint64 newest);
    error TimestampAhead(uint64 timestamp);
    error AttestationExpired(uint256 expiredAt);
    error LeafNotIncluded();
    error HealthUnknown(AccountStatus status);

    constructor(ICoreBridge core_, uint16 emitterChain_, bytes32 emitter_) {
        core = core_;
        emitterChain = emitterChain_;
        emitter = emitter_;
    }

    /// Takes a signed attestation that is newer than the one held. Anybody may call.
    function receiveAttestation(bytes calldata vaa) external {
        (CoreBridgeVM memory message, bool valid, string memory reason) = core.parseAndVerifyVM(vaa);
        if (!valid) revert InvalidVaa(reason);
        if (message.emitterChainId != emitterChain || message.emitterAddress != emitter) {
            revert UnknownEmitter(message.emitterChainId, message.emitterAddress);
        }
        Attestation memory received = _parse(message.payload, message.consistencyLevel);
        if (received.epoch <= newest.epoch) revert EpochNotRising(received.epoch, newest.epoch);
        if (received.timestamp > block.timestamp + MAX_SECONDS_AHEAD) revert TimestampAhead(received.timestamp);
        newest = received;
        emit AttestationReceived(
            received.epoch,
            received.root,
            received.timestamp,
            received.validity,
            received.inputGrade,
            received.consistencyLevel
        );
    }

    /// The newest attestation, whether it is still valid or not.
    function latest() external view returns (Attestation memory) {
        return newest;
    }

    /// Equity above maintenance margin (negative: below it) and status of a proved, unexpired account whose inputs
    /// were trusted.
    function verifyHealth(AccountLeaf calldata leaf, bytes32[] calldata proof)
        external
        view
        returns (int256 health, AccountStatus status)
    {
        verifyLeaf(leaf, proof);
        if (leaf.status >= AccountStatus.STALE) revert HealthUnknown(leaf.status);
        return (leaf.equity - leaf.maintenanceMargin, leaf.status);
    }

    /// Reverts unless the newest attestation is unexpired and commits to exactly this account leaf, whatever its status.
    function verifyLeaf(AccountLeaf calldata leaf, bytes32[] calldata proof) public view {
        _requireIncluded(keccak256(abi.encode(ACCOUNT_LEAF_TAG, leaf)), proof);
    }

    /// Reverts unless the newest attestation is unexpired and commits to exactly this header.
    function verifyHeader(HeaderLeaf calldata header, bytes32[] calldata proof) external view {
        _requireIncluded(keccak256(abi.encode(HEADER_LEAF_TAG, header)), proof);
    }

    /// The leaf is hashed a second time here, so that no pair of inner nodes can pass for one.
    function _requireIncluded(bytes32 innerHash, bytes32[] calldata proof) private view {
        uint256 expiresAt = uint256(newest.timestamp) + newest.validity;
        if (block.timestamp > expiresAt) revert AttestationExpired(expiresAt);
        bytes32 leafHash = keccak256(abi.encode(innerHash));
        if (!MerkleProof.verifyCalldata(proof, newest.root, leafHash)) revert LeafNotIncluded();
    }

    function _parse(bytes memory payload, uint8 consistencyLevel) private pure returns (Attestation memory parsed) {
        if (payload.length != PAYLOAD_LENGTH) revert MalformedPayload();
        uint256 head; // 26 bytes before the root, in the low bits
        bytes32 root;
        assembly ("memory-safe") {
            head := shr(48, mload(add(payload, 32)))
            root := mload(add(payload, 58))
        }
        uint256 grade = head & 0xff;
        bool wellFormed = head >> 176 == PAYLOAD_MAGIC && (head >> 168) & 0xff == PAYLOAD_VERSION
            && grade <= uint256(type(InputGrade).max);
        if (!wellFormed) revert MalformedPayload();
        parsed.root = root;
        parsed.epoch = uint64(head >> 104);
        parsed.timestamp = uint64(head >> 40);
        parsed.validity = uint32(head >> 8);
        parsed.inputGrade = InputGrade(grade);
        parsed.consistencyLevel = consistencyLevel;
    }
}
