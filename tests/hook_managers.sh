#!/usr/bin/env bash
# Runs the tests beside real hook managers: pre-commit, prek, lefthook and husky, each of the version that is
# named here, installed from its registry into target/hook-managers and kept there. What can't be installed,
# as where there is no network, is said and left out.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PRE_COMMIT=4.7.0 PREK=0.5.11 LEFTHOOK=2.2.2 HUSKY=9.1.7
readonly home=$PWD/target/hook-managers
mkdir -p "$home"

# kept NAME VERSION COMMAND...: installs NAME by COMMAND, unless this version is here already.
kept() {
  local name=$1 version=$2
  shift 2
  [ "$(cat "$home/$name.version" 2>/dev/null)" = "$version" ] && return
  rm -f "$home/$name.version"
  if ! timeout 60 "$@" >"$home/$name.log" 2>&1; then
    echo "not tried beside $name, since it could not be installed: $(tail -n 1 "$home/$name.log")"
    return 1
  fi
  echo "$version" >"$home/$name.version"
}

of_python() {
  [ -x "$home/python/bin/pip" ] || python3 -m venv "$home/python" || return
  "$home/python/bin/pip" install --quiet --retries 1 --timeout 15 "$1"
}

of_node() {
  npm install --prefix "$home/node" --no-audit --no-fund --ignore-scripts --fetch-retries 1 --fetch-timeout 15000 "$1"
}

export -f of_python of_node
export home
managers=()
kept pre-commit "$PRE_COMMIT" bash -c "of_python pre-commit==$PRE_COMMIT" && managers+=(pre-commit)
kept prek "$PREK" bash -c "of_python prek==$PREK" && managers+=(prek)
kept lefthook "$LEFTHOOK" bash -c "of_node lefthook@$LEFTHOOK" && managers+=(lefthook)
kept husky "$HUSKY" bash -c "of_node husky@$HUSKY" && managers+=(husky)

export PATH=$home/python/bin:$home/node/node_modules/.bin:$PATH
export PERFTEAM_TEST_HOOK_MANAGERS=${managers[*]:-}
cargo test --quiet --test it -- hook_managers::
