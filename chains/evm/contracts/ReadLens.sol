// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title Many calls in one, each answered for itself, with the block that they ran on.
/// @notice Never deployed: a node is asked to pretend that this code is at some address (state override of eth_call).
/// Calls share their words (a holder is sent once, however many contracts are asked about it) and stop in time: what
/// the node's gas does not suffice for is left to another request and never looks like a call that failed.
///
///   input:  gas a call u32 | heads H u16 | words W u16 | calls C u16
///           | H × ( target 20 | selector 4 ) | W × 32
///           | C × ( head u16 | n u8 | n × word u16 )     n = 255: length u16 | calldata as it is, selector included
///   output: chain id 32 | time 32 | number 32 | parent hash 32 | calls that ran 32
///           | each ( success u8 | length u32 | data )
contract ReadLens {
    fallback() external {
        assembly {
            let callGas := shr(224, calldataload(0))
            let heads := 10
            let words := add(heads, mul(24, shr(240, calldataload(4))))
            let cursor := add(words, mul(32, shr(240, calldataload(6))))
            let calls := shr(240, calldataload(8))
            // A call gets at most 63/64 of what is left (EIP-150); the rest covers copying and the answer as a whole.
            let enough := add(div(mul(callGas, 64), 63), 300000)
            let out := 160
            let ran := 0

            for {} lt(ran, calls) { ran := add(ran, 1) } {
                if lt(gas(), enough) { break }
                let call_ := calldataload(cursor)
                let head := add(heads, mul(24, shr(240, call_)))
                let count := byte(2, call_)
                cursor := add(cursor, 3)
                // The calldata is put where its answer will be.
                let data := add(out, 5)
                let size
                switch count
                case 255 {
                    size := shr(240, calldataload(cursor))
                    calldatacopy(data, add(cursor, 2), size)
                    cursor := add(cursor, add(2, size))
                }
                default {
                    calldatacopy(data, add(head, 20), 4)
                    size := 4
                    for {} count { count := sub(count, 1) } {
                        calldatacopy(add(data, size), add(words, mul(32, shr(240, calldataload(cursor)))), 32)
                        size := add(size, 32)
                        cursor := add(cursor, 2)
                    }
                }
                // Not a static call: Multicall3 makes none either, and the two have to answer alike.
                let success := call(callGas, shr(96, calldataload(head)), 0, data, size, 0, 0)
                let length := returndatasize()
                // An answer that long is an attack on the memory of all the others.
                if gt(length, 131072) {
                    success := 0
                    length := 0
                }
                mstore(out, or(shl(248, success), shl(216, length)))
                returndatacopy(data, 0, length)
                out := add(data, length)
            }

            mstore(0, chainid())
            mstore(32, timestamp())
            mstore(64, number())
            mstore(96, blockhash(sub(number(), 1)))
            mstore(128, ran)
            return(0, out)
        }
    }
}
