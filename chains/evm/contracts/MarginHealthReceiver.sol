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

/// What a verified message says, whichever way it was verified.
struct Message {
    uint16 emitterChain;
    bytes32 emitter;
    uint8 consistencyLevel;
    bytes payload;
}

/// A copy of the core's current guardian set: the keys, 20 bytes each, are the code of `keys` after its first byte.
struct GuardianCache {
    address keys;
    uint32 index;
    uint40 checkedAt;
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

    // VAA:  0 version | 1 guardian set | 5 count | 6 signatures: index, r, s, v | body
    uint256 private constant SIGNATURES_AT = 6;
    uint256 private constant SIGNATURE_LENGTH = 66;
    // Body:  0 time | 4 nonce | 8 emitter chain | 10 emitter | 42 sequence | 50 consistency level | 51 payload
    uint256 private constant PAYLOAD_AT = 51;
    uint256 private constant KEY_LENGTH = 20;

    /// The core honours a replaced guardian set for 24 hours, so one that was current an hour ago is still honoured.
    uint256 private constant CACHE_TRUSTED_FOR = 1 hours;

    ICoreBridge public immutable core;
    uint16 public immutable emitterChain;
    bytes32 public immutable emitter;

    Attestation private newest;
    GuardianCache private cache;

    event AttestationReceived(
        uint64 indexed epoch,
        bytes32 root,
        uint64 timestamp,
        uint32 validity,
        InputGrade inputGrade,
        uint8 consistencyLevel
    );
    event GuardianSetCached(uint32 indexed index);

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
        _refresh(core_);
    }

    /// Takes a signed attestation that is newer than the one held. Anybody may call.
    function receiveAttestation(bytes calldata vaa) external {
        Message memory message = _verify(vaa);
        if (message.emitterChain != emitterChain || message.emitter != emitter) {
            revert UnknownEmitter(message.emitterChain, message.emitter);
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

    /// Copies the core's current guardian set. Deliveries do it by themselves once an hour; anybody may do it earlier.
    function refreshGuardians() external {
        _refresh(core);
    }

    /// The guardian set that deliveries are checked against without asking the core.
    function guardianCache() external view returns (GuardianCache memory) {
        return cache;
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

    /// Checks the signatures against the cached guardian set, or has the core check those of any other set.
    function _verify(bytes calldata vaa) private returns (Message memory) {
        if (vaa.length < SIGNATURES_AT) revert InvalidVaa("too short");
        uint32 setIndex = uint32(bytes4(vaa[1:5]));
        GuardianCache memory cached = cache;
        bool outdated = setIndex > cached.index || block.timestamp > cached.checkedAt + CACHE_TRUSTED_FOR;
        if (outdated) cached = _refresh(core);
        return setIndex == cached.index ? _verifyCached(vaa, cached.keys) : _verifyThroughCore(vaa);
    }

    function _verifyThroughCore(bytes calldata vaa) private view returns (Message memory) {
        (CoreBridgeVM memory message, bool valid, string memory reason) = core.parseAndVerifyVM(vaa);
        if (!valid) revert InvalidVaa(reason);
        return Message(message.emitterChainId, message.emitterAddress, message.consistencyLevel, message.payload);
    }

    /// The core's own checks, in its order: version, quorum, and for each signature a rising index within the set and
    /// that guardian's key.
    function _verifyCached(bytes calldata vaa, address keysAt) private view returns (Message memory) {
        bytes memory keys = keysAt.code;
        uint256 guardians = (keys.length - 1) / KEY_LENGTH;
        uint256 count = uint8(vaa[5]);
        uint256 bodyAt = SIGNATURES_AT + count * SIGNATURE_LENGTH;
        if (uint8(vaa[0]) != 1) revert InvalidVaa("version");
        if (count < guardians * 2 / 3 + 1) revert InvalidVaa("no quorum");
        if (vaa.length < bodyAt + PAYLOAD_AT) revert InvalidVaa("too short");
        bytes calldata body = vaa[bodyAt:];
        bytes32 digest = keccak256(abi.encodePacked(keccak256(body)));
        uint256 lowestIndex = 0;
        for (uint256 at = SIGNATURES_AT; at < bodyAt; at += SIGNATURE_LENGTH) {
            bytes calldata signature = vaa[at:at + SIGNATURE_LENGTH];
            uint256 index = uint8(signature[0]);
            if (index < lowestIndex || index >= guardians) revert InvalidVaa("guardian index");
            address signer =
                ecrecover(digest, uint8(signature[65]) + 27, bytes32(signature[1:33]), bytes32(signature[33:65]));
            if (signer == address(0) || signer != _keyAt(keys, index)) revert InvalidVaa("signature");
            lowestIndex = index + 1;
        }
        return Message(uint16(bytes2(body[8:10])), bytes32(body[10:42]), uint8(body[50]), body[PAYLOAD_AT:]);
    }

    /// `index` is below the number of keys.
    function _keyAt(bytes memory keys, uint256 index) private pure returns (address key) {
        // 32 bytes of length and the leading byte come before the first key.
        assembly ("memory-safe") {
            key := shr(96, mload(add(add(keys, 33), mul(index, KEY_LENGTH))))
        }
    }

    function _refresh(ICoreBridge from) private returns (GuardianCache memory cached) {
        cached = cache;
        uint32 index = from.getCurrentGuardianSetIndex();
        if (index != cached.index || cached.keys == address(0)) {
            address[] memory guardians = from.getGuardianSet(index).keys;
            if (guardians.length == 0) revert InvalidVaa("empty guardian set");
            bytes memory code = hex"00";
            for (uint256 i = 0; i < guardians.length; i++) code = bytes.concat(code, bytes20(guardians[i]));
            cached.keys = _storeAsCode(code);
            cached.index = index;
            emit GuardianSetCached(index);
        }
        cached.checkedAt = uint40(block.timestamp);
        cache = cached;
    }

    /// Reading code costs 2,700 gas, reading nineteen keys from storage 40,000. The leading zero makes it uncallable.
    function _storeAsCode(bytes memory code) private returns (address at) {
        // Init code that returns what follows it: PUSH2 size, DUP1, PUSH1 12, PUSH1 0, CODECOPY, PUSH1 0, RETURN.
        bytes memory init =
            bytes.concat(hex"61", bytes2(uint16(code.length)), hex"80600c6000396000f3", code);
        assembly ("memory-safe") {
            at := create(0, add(init, 32), mload(init))
        }
        if (at == address(0)) revert InvalidVaa("guardian set not stored");
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
