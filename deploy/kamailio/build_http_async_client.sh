#!/usr/bin/env bash
# Build Kamailio's module http_async_client, which Debian does not package, from Debian's own source package of the
# Kamailio that is installed here, with two limits added (http_async_client.patch).
#
#   build_http_async_client.sh [FOLDER]     FOLDER/http_async_client.so (default /usr/local/lib/kamailio/modules)
#
# It installs nothing: the list of sources is a private one, made from the address that apt has Kamailio from, and
# the work is done in a temporary folder. What is missing is named. A module that is there already and fits is kept.
#
# Exit codes: 0 built or there, 3 no Kamailio from Debian, 4 build tools missing, 5 no source package, 6 not built.
set -uo pipefail

folder=${1:-/usr/local/lib/kamailio/modules}
patch=$(cd "$(dirname "$0")" && pwd)/http_async_client.patch
tools="build-essential bison flex dpkg-dev pkg-config libcurl4-openssl-dev libevent-dev"

refuse() { # code, reason
    echo "build_http_async_client: $2" >&2
    exit "$1"
}

version=$(dpkg-query -W -f '${Version}' kamailio 2>/dev/null) || version=
[ -n "$version" ] || refuse 3 "Kamailio is not installed from a Debian package (apt-get install kamailio)"

stamp="$folder/http_async_client.version"
wanted="$version, patch $(sha256sum < "$patch" | cut -c 1-12)"
if [ -f "$folder/http_async_client.so" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    echo "$folder/http_async_client.so is there already, for Kamailio $version"
    exit 0
fi

missing=
for package in $tools; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] || refuse 4 "missing:$missing (apt-get install$missing)"

# " *** 5.6.3-2 500", then " 500 ADDRESS bookworm/main amd64 Packages": the first that holds this version.
read -r address suite component < <(
    apt-cache policy kamailio | awk -v wanted="$version" '
        $1 == "***" { here = ($2 == wanted); next }
        here && $2 ~ /^[a-z]+:\/\// { split($3, parts, "/"); print $2, parts[1], parts[2]; exit }'
)
[ -n "${address:-}" ] || refuse 5 "apt knows no address for Kamailio $version (apt-get update)"

work=$(mktemp -d) || refuse 6 "no temporary folder"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial"
echo "deb-src $address $suite $component" > "$work/sources.list"
private=(
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=
)
cd "$work" || refuse 6 "no temporary folder"
{ apt-get "${private[@]}" -q update && apt-get "${private[@]}" -q source "kamailio=$version"; } > log 2>&1 ||
    refuse 5 "no source package of Kamailio $version from $address $suite: $(tail -n 1 log)"

cd kamailio-*/ || refuse 5 "the source package holds no folder of Kamailio"
patch -p1 --forward < "$patch" > ../log 2>&1 ||
    refuse 6 "http_async_client.patch does not fit Kamailio $version: $(tail -n 1 ../log)"
{ make cfg && make -C src/modules/http_async_client; } > ../log 2>&1 ||
    refuse 6 "$(grep -m 1 -i 'error' ../log || tail -n 1 ../log)"
install -D -m 0644 src/modules/http_async_client/http_async_client.so "$folder/http_async_client.so" ||
    refuse 6 "cannot write into $folder"
echo "$wanted" > "$stamp"
echo "$folder/http_async_client.so for Kamailio $version"
