#!/bin/sh
# Asks the advisory database about every list beside it. Standard input is the CA bundle to trust, or empty.
# A line a list goes to standard output: its name, a tab, pip-audit's JSON. Without an answer it ends with 1.
set -eu
cat > /tmp/ca_bundle
if [ -s /tmp/ca_bundle ]; then export REQUESTS_CA_BUNDLE=/tmp/ca_bundle; fi
for list in *.txt; do
  # Exit code 1 also means that advisories were found.
  answer=$(/audit/venv/bin/pip-audit --progress-spinner off --format json --disable-pip --require-hashes --cache-dir /tmp/cache --timeout 30 --requirement "$list") || true
  case $answer in
    "{"*) printf '%s\t%s\n' "$list" "$answer" ;;
    *) exit 1 ;;
  esac
done
