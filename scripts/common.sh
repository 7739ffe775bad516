# shellcheck shell=bash
# What the scripts in this folder share: where the repository is, and how they speak.

# shellcheck disable=SC2034 # used by the scripts that take a path
caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

# Symbols and bold only where a person reads along; plain lines in logs.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' green='' red='' plain=''
fi

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
good() { printf '%s   ok%s  %s\n' "$green" "$plain" "$*"; }
note() { printf '   --  %s\n' "$*"; }

# Ends the script. The first argument says what is wrong, the others what to do.
fail() {
    printf '\n%serror:%s %s\n' "$red" "$plain" "$1" >&2
    shift
    local line
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

# The comment at the top of the calling script is its help text.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

seconds_since() { awk -v start="$1" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", now - start }'; }
