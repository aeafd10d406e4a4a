# The figures of the whole system: boot, memory, programs, RPC, update.
bench --instructions
