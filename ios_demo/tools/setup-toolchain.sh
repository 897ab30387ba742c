#!/usr/bin/env bash
# Sets up Swift on a Debian machine that has none, inside the project:
#
#     .toolchains/swift/root    a Debian trixie system of its own, with Swift in it
#     .toolchains/swift/stamp   what it was made from; there only if all went well
#     .toolchains/swift/log     what the last set-up printed
#
# Nothing else of the machine is changed, but that apt's lists of packages are brought up to date where
# they know no debootstrap. Packages come from wherever its own apt takes them. To run it again costs
# nothing while the stamp is right.
#
# Exit code 0: ready. 3: impossible on this machine, the last line says why. Else: a step failed.
set -euo pipefail

suite=trixie
packages=(
  swiftlang libswiftlang swiftlang-dev libstdc++-14-dev libc6-dev git ca-certificates
  libonnxruntime-dev # headers alone are used: the runtime is the one that Python has
)

project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
place="$project/.toolchains/swift"
wanted="$suite $(uname -m) ${packages[*]}"

impossible() {
  echo "setup-toolchain: skipped: $*" >&2
  exit 3
}

if "$project/ios_demo/tools/in-toolchain.sh" true 2>/dev/null &&
  { [ ! -d "$place" ] || [ "$(cat "$place/stamp")" = "$wanted" ]; }; then exit 0; fi
if [ "$(. /etc/os-release 2>/dev/null && echo "$ID")" != debian ] || ! command -v apt-get >/dev/null; then
  impossible "no Swift 6 here, and it can be set up on Debian alone"
fi
if [ "$(id -u)" != 0 ]; then impossible "no Swift 6 here, and only root can set it up"; fi
if ! unshare --mount true 2>/dev/null; then
  impossible "no Swift 6 here, and this machine lets not even root mount"
fi

work="$place.new"
root="$work/root"
rm -rf "$work"
mkdir -p "$root"
exec 3>&1 >"$work/log" 2>&1

step="start"
begin() {
  step="$1"
  echo "== $step"
  echo "setup-toolchain: $step" >&3
}
failed() {
  tail -n 5 "$work/log" >&3 || true
  echo "setup-toolchain: failed to $step; the log is $work/log" >&3
}
trap failed ERR

begin "find the machine's Debian mirror"
codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
# The first line of its own apt configuration for the system's main component.
mirror="$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk -v codename="$codename" '$1 == codename && $2 == "main" && !found { print $3; found = 1 }')"
if [ -z "$mirror" ]; then
  exec >&3 2>&1
  impossible "no Swift 6 here, and apt names no Debian mirror"
fi

begin "fetch debootstrap"
if command -v debootstrap >/dev/null; then
  debootstrap=debootstrap
else
  fetch=(apt-get download debootstrap)
  # _apt, the user for downloads, may not write here; apt then says so and goes on as root.
  (cd "$work" && { "${fetch[@]}" || { apt-get update && "${fetch[@]}"; }; })
  dpkg-deb --extract "$work"/debootstrap_*.deb "$work/debootstrap"
  export DEBOOTSTRAP_DIR="$work/debootstrap/usr/share/debootstrap"
  debootstrap="$work/debootstrap/usr/sbin/debootstrap"
fi

begin "unpack a minimal $suite"
# In a mount namespace of its own: whatever debootstrap mounts is gone when it ends.
unshare --mount --propagation private \
  "$debootstrap" --variant=minbase "$suite" "$root" "$mirror"

begin "install Swift in it"
for directory in /etc/apt/apt.conf.d /etc/apt/auth.conf.d; do
  if [ -d "$directory" ]; then cp -r "$directory/." "$root$directory/"; fi
done
# Certificates of a company's own mirror, for instance.
mkdir -p "$root/etc/ssl/certs"
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
fi
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
inside() {
  unshare --mount --propagation private sh -ec '
    root="$1"; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" "$@"' sh "$root" "$@"
}
export DEBIAN_FRONTEND=noninteractive
inside apt-get update -qq
# Nothing is lost if the machine stops half-way: there is no stamp then.
inside apt-get install -qq --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
  "${packages[@]}"
inside apt-get clean

begin "try the compiler"
inside swift --version

rm -rf "$work/debootstrap" "$work"/debootstrap_*.deb "$place"
echo "$wanted" >"$work/stamp"
mv "$work" "$place"
