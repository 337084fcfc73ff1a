#!/usr/bin/env bash
# Fails where tests turn on features that a plain build leaves off: then `cargo test` compiles anew what `cargo run` has
# compiled, the AWS SDK among it. Cargo.toml turns such features on always.
set -euo pipefail
cd "$(dirname "$0")/.."

# Crates with their features, as a build with these kinds of dependencies has them.
features() { cargo tree --edges "$1" --format '{p} [{f}]' --prefix none --no-dedupe | sort -u; }

only=$(comm -23 <(features normal,build) <(features normal,build,dev))
if [ -n "$only" ]; then
  echo "compiled once more for tests, with other features:"
  echo "$only"
  exit 1
fi
