"""What canister code imports (through `scm`): decorators, types, calls; on the host and inside."""
