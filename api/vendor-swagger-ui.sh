#!/usr/bin/env bash
# Fetch the pinned Swagger UI anew into the package; the service serves it itself, without any other host.
# To move to another version: change the two lines below, run this, look at /docs, commit what changed.
set -euo pipefail
VERSION=5.35.0
SHA512=534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551

cd "$(dirname "$0")/prankfilter_api/assets/swagger-ui"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && npm pack --silent "swagger-ui-dist@$VERSION" >/dev/null)
archive="$folder/swagger-ui-dist-$VERSION.tgz"
echo "$SHA512  $archive" | sha512sum --check --quiet
for name in swagger-ui-bundle.js swagger-ui.css LICENSE NOTICE swagger-ui-bundle.js.LICENSE.txt; do
  tar --extract --to-stdout --file "$archive" "package/$name" >"$name"
done
echo "$VERSION" >VERSION
sha256sum swagger-ui-bundle.js swagger-ui.css LICENSE NOTICE swagger-ui-bundle.js.LICENSE.txt >SHA256SUMS
