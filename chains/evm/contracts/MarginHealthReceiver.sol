// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {ICoreBridge} from "@wormhole-foundation/wormhole-solidity-sdk/contracts/interfaces/ICoreBridge.sol";

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

/// The newest attestation. Epochs below `revokedBelow` are withdrawn, which may be all there are: then none stands until
/// the next one comes. `consistencyLevel` tells how final its message was on the emitter's chain.
struct Attestation {
    bytes32 root;
    uint64 epoch;
    uint64 timestamp;
    uint32 validity;
    InputGrade inputGrade;
    uint8 consistencyLevel;
    uint64 revokedBelow;
}

/// Health of one of this chain's addresses, as the epoch that proved it last says.
struct CachedHealth {
    int120 health;
    uint48 epoch;
    uint40 asOf;
    uint40 expiresAt;
    AccountStatus status;
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

    // Payload, big-endian:  0 magic "PLIM" | 4 version | 5 epoch | 13 timestamp | 21 validity | 25 grade
    //                       | 26 revoked below | 34 root | 66
    uint256 private constant PAYLOAD_LENGTH = 66;
    uint256 private constant ROOT_AT = 34;
    uint256 private constant PAYLOAD_MAGIC_AND_VERSION = 0x504c494d01;

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
    /// Wormhole's number of the chain that this contract is on: whose addresses have their health cached here.
    uint16 public immutable wormholeChain;

    Attestation private newest;
    GuardianCache private cache;
    mapping(address holder => CachedHealth) private healths;

    event AttestationReceived(
        uint64 indexed epoch,
        bytes32 root,
        uint64 timestamp,
        uint32 validity,
        InputGrade inputGrade,
        uint8 consistencyLevel
    );
    event EpochsRevoked(uint64 below);
    event HealthCached(address indexed holder, uint64 indexed epoch, int256 health, AccountStatus status);
    event GuardianSetCached(uint32 indexed index);

    error InvalidVaa(string reason);
    error UnknownEmitter(uint16 chain, bytes32 emitter);
    error MalformedPayload();
    error EpochNotRising(uint64 received, uint64 newest);
    error TimestampAhead(uint64 timestamp);
    error AttestationExpired(uint256 expiredAt);
    error EpochRevoked(uint64 epoch, uint64 revokedBelow);
    error LeafNotIncluded();
    error HealthUnknown(AccountStatus status);
    error HealthNotCached(address holder);
    error NotOfThisChain(uint16 wormholeChain, bytes32 holder);
    error NotCacheable(uint64 epoch, int256 health);

    constructor(ICoreBridge core_, uint16 emitterChain_, bytes32 emitter_) {
        core = core_;
        emitterChain = emitterChain_;
        emitter = emitter_;
        wormholeChain = core_.chainId();
        _refresh(core_);
    }

    /// Takes a signed attestation that is newer than the one held. Anybody may call.
    function receiveAttestation(bytes calldata vaa) external {
        bytes calldata body = _verify(vaa);
        (uint16 fromChain, bytes32 from) = (uint16(bytes2(body[8:10])), bytes32(body[10:42]));
        if (fromChain != emitterChain || from != emitter) revert UnknownEmitter(fromChain, from);
        Attestation memory received = _parse(body);
        (uint64 heldEpoch, uint64 revokedBelow) = (newest.epoch, newest.revokedBelow);
        if (received.epoch <= heldEpoch) revert EpochNotRising(received.epoch, heldEpoch);
        if (received.timestamp > block.timestamp + MAX_SECONDS_AHEAD) revert TimestampAhead(received.timestamp);
        // What is withdrawn stays so, also for a publisher that has forgotten.
        if (received.revokedBelow > revokedBelow) emit EpochsRevoked(received.revokedBelow);
        else received.revokedBelow = revokedBelow;
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

    /// Keeps the health of one of this chain's addresses for `healthOf` and the price-feed shape. Anybody may call, also
    /// for an account whose health is unknown: that replaces an earlier health, so that nobody can rest on it.
    function cacheHealth(AccountLeaf calldata leaf, bytes32[] calldata proof) external {
        verifyLeaf(leaf, proof);
        if (leaf.wormholeChain != wormholeChain || uint256(leaf.holder) >> 160 != 0) {
            revert NotOfThisChain(leaf.wormholeChain, leaf.holder);
        }
        address holder = address(uint160(uint256(leaf.holder)));
        int256 health = leaf.equity - leaf.maintenanceMargin;
        (uint64 epoch, uint64 timestamp) = (newest.epoch, newest.timestamp);
        if (health != int120(health) || epoch > type(uint48).max) revert NotCacheable(epoch, health);
        healths[holder] = CachedHealth({
            health: int120(health),
            epoch: uint48(epoch),
            // A timestamp is minutes ahead of the block at most, so neither it nor its sum with 32 bits is cut.
            asOf: uint40(leaf.asOf < timestamp ? leaf.asOf : timestamp),
            expiresAt: uint40(timestamp + newest.validity),
            status: leaf.status
        });
        emit HealthCached(holder, epoch, health, leaf.status);
    }

    /// Equity above maintenance margin and status of an address whose health was cached, the epoch that says so and the
    /// time of its oldest input. Reverts when that epoch has expired or was revoked, and when the account's inputs were not trusted.
    /// A newer epoch may say otherwise: `latest().epoch` tells whether there is one, `cacheHealth` brings it in.
    function healthOf(address holder)
        external
        view
        returns (int256 health, AccountStatus status, uint64 epoch, uint64 asOf)
    {
        CachedHealth memory cached = healths[holder];
        if (cached.epoch == 0) revert HealthNotCached(holder);
        uint64 revokedBelow = newest.revokedBelow;
        if (cached.epoch < revokedBelow) revert EpochRevoked(cached.epoch, revokedBelow);
        if (block.timestamp > cached.expiresAt) revert AttestationExpired(cached.expiresAt);
        if (cached.status >= AccountStatus.STALE) revert HealthUnknown(cached.status);
        return (cached.health, cached.status, cached.epoch, cached.asOf);
    }

    /// Reverts unless the newest attestation is unexpired and commits to exactly this account leaf, whatever its status.
    function verifyLeaf(AccountLeaf calldata leaf, bytes32[] calldata proof) public view {
        bytes32 tag = ACCOUNT_LEAF_TAG;
        bytes32 innerHash;
        // The words as they were sent: a field that does not fit its type makes another hash, which nothing commits to.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, tag)
            calldatacopy(add(words, 32), leaf, 288)
            innerHash := keccak256(words, 320)
        }
        _requireIncluded(innerHash, proof);
    }

    /// Reverts unless the newest attestation is unexpired and commits to exactly this header.
    function verifyHeader(HeaderLeaf calldata header, bytes32[] calldata proof) external view {
        _requireIncluded(keccak256(abi.encode(HEADER_LEAF_TAG, header)), proof);
    }

    /// The newest attestation is neither revoked nor expired. Reads its packed fields once.
    function _requireStanding() private view {
        uint256 packed;
        assembly ("memory-safe") {
            packed := sload(add(newest.slot, 1))
        }
        (uint64 epoch, uint64 revokedBelow) = (uint64(packed), uint64(packed >> 176));
        uint256 expiresAt = uint256(uint64(packed >> 64)) + uint32(packed >> 128);
        if (epoch < revokedBelow) revert EpochRevoked(epoch, revokedBelow);
        if (block.timestamp > expiresAt) revert AttestationExpired(expiresAt);
    }

    /// The leaf is hashed a second time here, so that no pair of inner nodes can pass for one.
    function _requireIncluded(bytes32 innerHash, bytes32[] calldata proof) private view {
        _requireStanding();
        bytes32 node;
        // As OpenZeppelin's MerkleProof does it, pairs hashed in ascending order, at half its cost: a node goes to 0 or 32
        // of the scratch space, its sibling to the other.
        assembly ("memory-safe") {
            mstore(0, innerHash)
            node := keccak256(0, 32)
            let end := add(proof.offset, shl(5, proof.length))
            for { let at := proof.offset } lt(at, end) { at := add(at, 32) } {
                let sibling := calldataload(at)
                let place := shl(5, gt(node, sibling))
                mstore(place, node)
                mstore(xor(place, 32), sibling)
                node := keccak256(0, 64)
            }
        }
        if (node != newest.root) revert LeafNotIncluded();
    }

    /// Checks the signatures against the cached guardian set, or has the core check those of any other set, and returns
    /// the body that they sign.
    function _verify(bytes calldata vaa) private returns (bytes calldata body) {
        if (vaa.length < SIGNATURES_AT) revert InvalidVaa("too short");
        uint256 bodyAt = SIGNATURES_AT + uint8(vaa[5]) * SIGNATURE_LENGTH;
        if (vaa.length < bodyAt + PAYLOAD_AT) revert InvalidVaa("too short");
        body = vaa[bodyAt:];
        uint32 setIndex = uint32(bytes4(vaa[1:5]));
        GuardianCache memory cached = cache;
        bool outdated = setIndex > cached.index || block.timestamp > cached.checkedAt + CACHE_TRUSTED_FOR;
        if (outdated) cached = _refresh(core);
        if (setIndex == cached.index) _verifyCached(vaa[:bodyAt], body, cached.keys);
        else _verifyThroughCore(vaa);
    }

    function _verifyThroughCore(bytes calldata vaa) private view {
        (, bool valid, string memory reason) = core.parseAndVerifyVM(vaa);
        if (!valid) revert InvalidVaa(reason);
    }

    /// The core's own checks, in its order: version, quorum, and for each signature a rising index within the set and
    /// that guardian's key. `head` is all that comes before the body.
    function _verifyCached(bytes calldata head, bytes calldata body, address keysAt) private view {
        if (uint8(head[0]) != 1) revert InvalidVaa("version");
        bytes memory keys = keysAt.code;
        uint256 guardians = (keys.length - 1) / KEY_LENGTH;
        if (uint8(head[5]) < guardians * 2 / 3 + 1) revert InvalidVaa("no quorum");
        bytes32 digest = keccak256(abi.encodePacked(keccak256(body)));
        uint256 flaw = 0; // 1: an index out of order or range, 2: another signer
        assembly ("memory-safe") {
            // The call's input is  digest | v | r | s,  its output goes to 0, which is cleared before each call: a
            // signature that recovers nothing leaves the output as it was.
            let input := mload(0x40)
            mstore(input, digest)
            // 32 bytes of length and the leading byte come before the first key.
            let firstKey := add(keys, 33)
            let lowestIndex := 0
            let end := add(head.offset, head.length)
            for { let at := add(head.offset, SIGNATURES_AT) } lt(at, end) { at := add(at, SIGNATURE_LENGTH) } {
                let index := byte(0, calldataload(at))
                if or(lt(index, lowestIndex), iszero(lt(index, guardians))) {
                    flaw := 1
                    break
                }
                mstore(add(input, 0x20), add(byte(0, calldataload(add(at, 65))), 27))
                calldatacopy(add(input, 0x40), add(at, 1), 0x40)
                mstore(0, 0)
                pop(staticcall(gas(), 1, input, 0x80, 0, 0x20))
                let signer := mload(0)
                let key := shr(96, mload(add(firstKey, mul(index, KEY_LENGTH))))
                if or(iszero(signer), xor(signer, key)) {
                    flaw := 2
                    break
                }
                lowestIndex := add(index, 1)
            }
        }
        if (flaw == 1) revert InvalidVaa("guardian index");
        if (flaw == 2) revert InvalidVaa("signature");
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

    function _parse(bytes calldata body) private pure returns (Attestation memory parsed) {
        if (body.length != PAYLOAD_AT + PAYLOAD_LENGTH) revert MalformedPayload();
        // All that comes before the root, in the low bits.
        uint256 head = uint256(bytes32(body[PAYLOAD_AT + ROOT_AT - 32:PAYLOAD_AT + ROOT_AT]));
        uint256 magicAndVersion = uint40(bytes5(body[PAYLOAD_AT:PAYLOAD_AT + 5]));
        uint256 grade = uint8(head >> 64);
        parsed.root = bytes32(body[PAYLOAD_AT + ROOT_AT:]);
        parsed.epoch = uint64(head >> 168);
        parsed.timestamp = uint64(head >> 104);
        parsed.validity = uint32(head >> 72);
        parsed.revokedBelow = uint64(head);
        parsed.consistencyLevel = uint8(body[50]);
        // A message may revoke itself and what came before it, but no epoch that does not exist yet.
        bool wellFormed = magicAndVersion == PAYLOAD_MAGIC_AND_VERSION && grade <= uint256(type(InputGrade).max)
            && parsed.revokedBelow <= uint256(parsed.epoch) + 1;
        if (!wellFormed) revert MalformedPayload();
        parsed.inputGrade = InputGrade(grade);
    }
}
