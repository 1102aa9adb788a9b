#!/usr/bin/env bash
# Runs benchmarks: ./bench.sh [NAME …], for example ./bench.sh runs; arguments go to bench/Pawl.Benchmarks as they are.
set -uo pipefail
self=$(readlink -f -- "${BASH_SOURCE[0]}")
root=${self%/*}
source "$root/build/common.sh"

require_dotnet
build_locked bench/Pawl.Benchmarks/Pawl.Benchmarks.csproj || exit
# BenchmarkDotNet looks for the project file from the current folder upwards.
cd "$root" || exit 70
exec "$dotnet" bench/Pawl.Benchmarks/bin/Release/net10.0/Pawl.Benchmarks.dll "$@"
