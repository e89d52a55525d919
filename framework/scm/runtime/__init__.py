"""What runs inside a canister; the compiler ships these files, and mypyc translates them."""
