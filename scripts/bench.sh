# shellcheck shell=bash
# What the benchmarks share: their options, the release build, a daemon of their own, peers from PyPI.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Reads --rounds and --json into $rounds and $json, and leaves what it does not know in $rest.
# shellcheck disable=SC2034 # used by the scripts that source this
bench_options() {
    rounds=5 json='' rest=()
    while (($# > 0)); do
        case $1 in
        --rounds | --json)
            [[ -n ${2:-} ]] || fail "$1 needs a value" "See ${0#"$root/"} --help."
            case $1 in
            --rounds) rounds=$2 ;;
            --json) json=$(cd "$caller" && realpath -m -- "$2") ;;
            esac
            shift
            ;;
        -h | --help) usage && exit ;;
        *) rest+=("$1") ;;
        esac
        shift
    done
    [[ $rounds =~ ^[1-9][0-9]?$ ]] || fail "--rounds $rounds is not a number of rounds" "Use 1 to 99."
}

# For benchmarks that know no other options.
no_more_options() { ((${#rest[@]} == 0)) || fail "unknown argument \"${rest[0]}\"" "See ${0#"$root/"} --help."; }

# Builds $steward, and makes $work: beside the build rather than in /tmp, which is in memory on many machines.
build_release() {
    scripts/setup bench
    heading "Build (release)"
    swift build -c release --product steward || fail "the build failed" "The compiler's message is above."
    steward=$(swift build -c release --show-bin-path)/steward
    work=$(mktemp -d .build/bench-XXXXXX)
    daemon=''
    trap clean_up EXIT
    trap 'exit 130' INT TERM
}

clean_up() {
    if [[ -n $daemon ]]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$work"
}

# Starts $daemon on a new data folder and exports STEWARD_URL and STEWARD_TOKEN.
start_daemon() {
    heading "Start"
    : >"$work/out"
    SWIFT_BACKTRACE=enable=no "$steward" serve --data "$work/data" --listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
    daemon=$!
    for ((attempt = 0; attempt < 300; attempt++)); do
        STEWARD_URL=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$work/out" | head -n 1)
        STEWARD_TOKEN=$(sed -n 's/.*#token=\([^ ]*\).*/\1/p' "$work/out" | head -n 1)
        [[ -z $STEWARD_URL || -z $STEWARD_TOKEN ]] || break
        kill -0 "$daemon" 2>/dev/null || fail "the daemon did not start" "$(tail -n 5 "$work/err")"
        sleep 0.1
    done
    [[ -n $STEWARD_URL && -n $STEWARD_TOKEN ]] ||
        fail "the daemon was not ready within 30 s" "$(tail -n 5 "$work/err")"
    export STEWARD_URL STEWARD_TOKEN
    sleep 2
    good "$STEWARD_URL, process $daemon, $(resident_mebibytes) MiB resident"
}

resident_mebibytes() { awk '/^VmRSS:/ { printf "%.0f", $2 / 1024 }' "/proc/$daemon/status"; }

# Installs Python packages into $peers, a folder of their own beside the build. What cannot be installed is left out of
# the comparison, and said.
install_peers() { # name, packages
    peers=.build/peers-$1
    shift
    heading "Peers"
    [[ -x $peers/bin/python ]] || python3 -m venv "$peers" ||
        fail "there is no python3 with venv" "Install python3-venv."
    if "$peers/bin/pip" install --quiet --disable-pip-version-check "$@"; then
        good "$*"
    else
        note "cannot be installed here, and left out: $*"
        return 1
    fi
}
