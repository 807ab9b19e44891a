#!/usr/bin/env bash
# Fetch the console's pinned styles and scripts anew into the package, which serves them itself.
# To move to another version: change a line below, run this, look at the pages, commit what changed.
set -euo pipefail

cd "$(dirname "$0")/prankfilter_api/console/assets"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# package, version, SHA-512 of its archive, file in it, name here
fetch() {
  (cd "$folder" && npm pack --silent "$1@$2" >/dev/null)
  archive="$folder/$(echo "$1" | tr -d @ | tr / -)-$2.tgz"
  echo "$3  $archive" | sha512sum --check --quiet
  tar --extract --to-stdout --file "$archive" "package/$4" >"$5"
  tar --extract --to-stdout --file "$archive" "package/${6:-LICENSE}" >"licenses/${5%.*}.txt"
}

mkdir -p licenses
fetch @picocss/pico 2.1.1 9080ee800ecfb3853ed811f188d1e6be03c840358f0d4e08794e9335176f5d0335b995fe1626ea0d04f6c543a79cedb2abf2d41dcc271a5bb586f7f829f5e732 \
  css/pico.min.css pico.css LICENSE.md
fetch htmx.org 2.0.11 4e1c7f5ada5e390a92aea042c3f0357301891a0e14ad56b7fac5b41a6accde9e202603bcf5e707e2ab5b9f2cc30d616f053aa39c83028042d336deb7e9db5a98 \
  dist/htmx.min.js htmx.js
sha256sum pico.css htmx.js licenses/*.txt >SHA256SUMS
