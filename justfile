# One-line aliases; everything is in `cargo xtask`.

image board="pine64-lts":
    cargo xtask image --board {{board}}

boot board="pine64-lts":
    cargo xtask boot --board {{board}}

test:
    cargo xtask test

ci:
    bash .ci/run

bench:
    cargo xtask bench
