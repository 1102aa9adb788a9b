# Sourced by pawl, test.sh, bench.sh and .ci/run, which set $root to the absolute path of the repository first.

cli_dll=$root/src/Pawl.Cli/bin/Release/net10.0/Pawl.Cli.dll
cli_stamp=$root/src/Pawl.Cli/bin/.pawl-built

# has_sdk DOTNET: whether that dotnet comes with a 10.x SDK. Looks at files first: asking dotnet itself costs 60 ms.
has_sdk() {
  local real sdks
  [[ -x $1 && ! -d $1 ]] || return 1
  real=$(readlink -f -- "$1")
  sdks=("${real%/*}"/sdk/10.*)
  [[ -e ${sdks[0]} ]] || "$1" --list-sdks 2>/dev/null | grep -q '^10\.'
}

# Sets $dotnet to the dotnet on PATH or else the one in .dotnet/, whichever has a 10.x SDK; false when none has.
find_dotnet() {
  dotnet=$(type -P dotnet) && has_sdk "$dotnet" && return
  dotnet=$root/.dotnet/dotnet
  has_sdk "$dotnet"
}

# Sets $dotnet or ends the script with the one message that says how to get the SDK.
require_dotnet() {
  find_dotnet && return
  cat >&2 <<'MESSAGE'
pawl: the .NET 10 SDK was not found, neither on PATH nor in .dotnet/ of the repository.
Install it from https://dot.net/download, or let Pawl put one into .dotnet/ (about 250 MB, nothing else is changed):
  ./pawl --install-sdk
MESSAGE
  exit 69
}

# sdk ARGS…: dotnet as a build tool. The variables are for the tool alone: what the product starts must not inherit them.
# Invariant globalization lets the SDK run where no ICU is installed; no build server stays behind holding pipes or locks.
sdk() {
  DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=0 \
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 \
    "$dotnet" "$@"
}

# Whether the command line must be built: never was, or something under src/ or above it is newer than the last build began.
# Folders count too, so that a deleted or renamed file is noticed.
cli_is_stale() {
  [[ -e $cli_dll && -e $cli_stamp ]] || return 0
  [[ -n $(find "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json" \
    \( -name bin -o -name obj \) -prune -o -newer "$cli_stamp" -print -quit) ]]
}

# build_locked PROJECT [only-if-stale]: builds one project or solution in Release, one build at a time in this tree.
# Says nothing unless it fails; then the whole output goes to stderr.
build_locked() {
  local project=$1 condition=${2-} output folder
  (
    # The lock is held on a file that is always there, and is not passed on to what the build starts.
    exec 9<"$root/build/common.sh"
    if command -v flock >/dev/null; then flock 9; fi
    if [[ $condition == only-if-stale ]] && ! cli_is_stale; then exit 0; fi

    # bin/ and obj/ are made before the clock is read, or their creation would make their parents look changed.
    for folder in "$root"/src/*/; do mkdir -p "$folder/bin" "$folder/obj"; done
    : >"$cli_stamp.next"
    if ! output=$(cd "$root" && sdk build "$project" -c Release -v quiet -nologo --disable-build-servers 2>&1 9<&-); then
      printf '%s\n' "$output" >&2
      exit 70
    fi
    # Only these two build the command line; after any other project it is as stale as before.
    case $project in
      Pawl.slnx | src/Pawl.Cli/*) mv -f "$cli_stamp.next" "$cli_stamp" ;;
      *) rm -f "$cli_stamp.next" ;;
    esac
  )
}
