/**
 * The receiver contract as TypeScript sees it; a test compares it with what the compiler says.
 */
import { parseAbi } from "viem"

export const receiverAbi = parseAbi([
  "constructor(address core, uint16 emitterChain, bytes32 emitter)",
  "struct AccountLeaf { uint32 index; uint16 wormholeChain; bytes32 holder; bytes32 account; int256 equity; int256 initialMargin; int256 maintenanceMargin; uint8 status; uint64 asOf; }",
  "struct HeaderLeaf { bytes32 wasmHash; bytes32 policyHash; bytes32 snapshotHash; uint32 leafCount; bytes32 pinsHash; }",
  "struct Attestation { bytes32 root; uint64 epoch; uint64 timestamp; uint32 validity; uint8 inputGrade; uint8 consistencyLevel; }",
  "struct GuardianCache { address keys; uint32 index; uint40 checkedAt; }",
  "function core() view returns (address)",
  "function emitterChain() view returns (uint16)",
  "function emitter() view returns (bytes32)",
  "function receiveAttestation(bytes vaa)",
  "function refreshGuardians()",
  "function guardianCache() view returns (GuardianCache)",
  "function latest() view returns (Attestation)",
  "function verifyHealth(AccountLeaf leaf, bytes32[] proof) view returns (int256 health, uint8 status)",
  "function verifyLeaf(AccountLeaf leaf, bytes32[] proof) view",
  "function verifyHeader(HeaderLeaf header, bytes32[] proof) view",
  "event AttestationReceived(uint64 indexed epoch, bytes32 root, uint64 timestamp, uint32 validity, uint8 inputGrade, uint8 consistencyLevel)",
  "event GuardianSetCached(uint32 indexed index)",
  "error InvalidVaa(string reason)",
  "error UnknownEmitter(uint16 chain, bytes32 emitter)",
  "error MalformedPayload()",
  "error EpochNotRising(uint64 received, uint64 newest)",
  "error TimestampAhead(uint64 timestamp)",
  "error AttestationExpired(uint256 expiredAt)",
  "error LeafNotIncluded()",
  "error HealthUnknown(uint8 status)",
])
