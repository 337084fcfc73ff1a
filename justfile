# Lists these recipes.
default:
    @just --list

# Compiles the program.
build:
    cargo build

# All Rust tests.
test:
    cargo test

# Formats and lints, as CI does.
lint: venv
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    {{venv_bin}}/ruff check .
    {{venv_bin}}/ruff format --check .
    scripts/check-links.py

# Everything CI runs.
ci:
    .ci/run

# Starts an emulator that is not ours: moto, ministack or localstack. `just stop NAME` ends it.
emulator name:
    tests/emulators/start {{name}}

# Ends an emulator.
stop name:
    tests/emulators/stop {{name}}

# The main job on an emulator, from deploy to teardown.
smoke name: build venv
    #!/usr/bin/env bash
    set -euo pipefail
    endpoint=$(tests/emulators/start {{name}})
    trap 'tests/emulators/stop {{name}}' EXIT
    {{venv_bin}}/python tests/smoke/run "$endpoint" --environment {{name}} --pipectl "${CARGO_TARGET_DIR:-target}/debug/pipectl"

# The embedded AWS by boto3 and the AWS CLI.
fidelity: build venv
    PIPECTL_BIN="${CARGO_TARGET_DIR:-target}/debug/pipectl" {{venv_bin}}/pytest -q tests/fidelity

# Measures; release build.
bench:
    cargo bench

venv_bin := env("HOME") / ".cache/pipectl/venv/bin"

[private]
venv:
    test -x {{venv_bin}}/ruff || (python3 -m venv {{parent_directory(venv_bin)}} && {{venv_bin}}/pip install -q -r tests/requirements.txt)
