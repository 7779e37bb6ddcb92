/**
 * The part of the Wormhole core contract that publishing and watching need.
 */
import { parseAbi } from "viem"

export const coreBridgeAbi = parseAbi([
  "event LogMessagePublished(address indexed sender, uint64 sequence, uint32 nonce, bytes payload, uint8 consistencyLevel)",
  "function publishMessage(uint32 nonce, bytes payload, uint8 consistencyLevel) payable returns (uint64 sequence)",
  "function messageFee() view returns (uint256)",
  "function chainId() view returns (uint16)",
  "function nextSequence(address emitter) view returns (uint64)",
  "function getCurrentGuardianSetIndex() view returns (uint32)",
  "struct GuardianSet { address[] keys; uint32 expirationTime; }",
  "function getGuardianSet(uint32 index) view returns (GuardianSet)",
])
