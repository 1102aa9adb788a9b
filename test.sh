#!/usr/bin/env bash
# Runs all tests: ./test.sh [--long] [--only NAME] [-- EXTRA…]
#   --long       nightly sizes instead of the quick ones
#   --only NAME  only tests whose full name contains NAME
#   EXTRA        passed on to the test programs (`-- -?` lists what they take)
# The last line is always: N passed, N failed, N skipped. Exit 0 when nothing failed and something ran, 64 on wrong usage.
set -uo pipefail
self=$(readlink -f -- "${BASH_SOURCE[0]}")
root=${self%/*}
source "$root/build/common.sh"

usage() { sed -n '2,6s/^# //p' "$self"; }

options=(-noLogo -noColor)
only=
while (($#)); do
  case $1 in
    --long) export PAWL_TEST_LONG=1 ;;
    --only)
      if [[ -z ${2-} ]]; then echo "test.sh: --only needs a part of a test's name." >&2; exit 64; fi
      only=$2
      options+=(-method "*$only*")
      shift
      ;;
    --) shift; options+=("$@"); break ;;
    -h | --help) usage; exit 0 ;;
    *) echo "test.sh: '$1' is not known." >&2; usage >&2; exit 64 ;;
  esac
  shift
done

require_dotnet
passed=0 failed=0 skipped=0
results=$(mktemp -d) || exit 70
finish() {
  rm -rf -- "$results"
  echo "$passed passed, $failed failed, $skipped skipped"
  if ((failed > 0 || passed == 0)); then exit 1; fi
  exit 0
}

# Installs what some tests need, where that is possible without asking. Where it is not, those tests say what they lack.
install_missing() {
  local missing=() initdb=(/usr/lib/postgresql/*/bin/initdb)
  [[ -e ${initdb[0]} ]] || type -P initdb >/dev/null || missing+=(postgresql)
  type -P strace >/dev/null || missing+=(strace)
  type -P bwrap >/dev/null || missing+=(bubblewrap)
  # Debian's own Python: one that somebody else put on the PATH does not see Debian's packages.
  /usr/bin/python3 -c 'import pytest' 2>/dev/null || missing+=(python3-pytest)
  type -P prometheus >/dev/null && type -P promtool >/dev/null || missing+=(prometheus)
  [[ -x /usr/sbin/clickhouse-server ]] || type -P clickhouse-server >/dev/null || missing+=(clickhouse-server)
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) || ! type -P apt-get >/dev/null; then
    echo "Not installed: ${missing[*]}; the tests that need them will be skipped." >&2
    return 0
  fi
  echo "Installing for the tests: ${missing[*]} …" >&2
  (
    export DEBIAN_FRONTEND=noninteractive
    # Debian starts the services that it installs, unless this program forbids it: the tests start their own servers.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
      printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
      trap 'rm -f -- "$policy"' EXIT
    fi
    apt-get update -qq
    for package in "${missing[@]}"; do
      # Debian 12 has PostgreSQL as postgresql-15; other releases have another version under the plain name.
      if [[ $package == postgresql ]] && apt-get install -y -qq --no-install-recommends postgresql-15; then continue; fi
      apt-get install -y -qq --no-install-recommends "$package" || echo "FAILED $package"
    done
  ) >"$results/install.log" 2>&1 </dev/null
  sed -n 's/^FAILED \(.*\)/\1 could not be installed; the tests that need it will be skipped./p' "$results/install.log" >&2
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2"; }

# run_project NAME: runs one test program, shows its output, adds its counts to the totals.
run_project() {
  local dll=$root/tests/$1/bin/Release/net10.0/$1.dll xml=$results/$1.xml summary code
  echo "── $1"
  "$dotnet" "$dll" "${options[@]}" -xml "$xml" </dev/null 2>&1 | tee "$results/$1.log"
  code=${PIPESTATUS[0]}
  summary=$(grep -o -m 1 '<assembly [^>]*>' "$xml" 2>/dev/null)
  if [[ -z $summary ]]; then
    # No result for any test: fine where --only left nothing to run, else the program is broken.
    if [[ -z $only ]] || ((code != 0)); then
      echo "$1 ended with exit code $code and without results."
      ((failed += 1))
    fi
    return
  fi
  ((passed += $(attribute passed "$summary")))
  ((skipped += $(attribute skipped "$summary")))
  # Errors are failures outside of any test, such as a fixture that cannot be cleaned up.
  ((failed += $(attribute failed "$summary") + $(attribute errors "$summary")))
}

# flagd's own evaluator, which judges the definitions that Pawl writes.
install_flagd() {
  [[ -d $root/tests/flagd/node_modules ]] || ! type -P npm >/dev/null || npm install --no-package-lock --silent --prefix "$root/tests/flagd" >/dev/null 2>&1 </dev/null ||
    echo "flagd's evaluator could not be installed; the tests that need it will be skipped." >&2
}

install_missing
install_flagd

data=${PAWL_SHARED_DATA:-$root/../shared/data}
if [[ -d $data ]]; then
  PAWL_SHARED_DATA=$(readlink -f -- "$data")
  export PAWL_SHARED_DATA
fi

echo "Building …"
if ! build_locked Pawl.slnx 2>&1; then
  echo "The build failed; no test ran."
  ((failed += 1))
  finish
fi

for project in Pawl.Tests Pawl.EndToEnd; do run_project "$project"; done

if ((failed > 0 || skipped > 0)); then
  echo "── not passed"
  grep -hE -A1 '^    [^ ].* \[(FAIL|SKIP)\]$' "$results"/*.log | grep -v '^--$'
fi
finish
