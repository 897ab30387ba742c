#!/usr/bin/env bash
# Runs a command where Swift 6 is: on this machine if it has it, else in the folder that
# setup-toolchain.sh made, with the project at its usual path.
#
#     ios_demo/tools/in-toolchain.sh swift build --package-path ios_demo
#
# The mounts lie in a namespace of the command's own and vanish with it, however it ends.
set -euo pipefail

project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
root="$project/.toolchains/swift/root"

if swift --version 2>/dev/null | grep -qE 'Swift version ([6-9]|[1-9][0-9])\.'; then exec "$@"; fi
if [ ! -e "$project/.toolchains/swift/stamp" ]; then
  echo "in-toolchain: there is no Swift 6; run ios_demo/tools/setup-toolchain.sh" >&2
  exit 3
fi

# shellcheck disable=SC2016 # expanded inside
exec unshare --mount --propagation private sh -ec '
  root="$1" project="$2" folder="$3"; shift 3
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/tmp"
  mkdir -p "$root$project"
  mount --bind "$project" "$root$project"
  exec chroot "$root" env HOME=/root TMPDIR=/tmp LANG=C.UTF-8 sh -ec "cd \"\$0\"; exec \"\$@\"" "$folder" "$@"
' sh "$root" "$project" "$(pwd -P)" "$@"
