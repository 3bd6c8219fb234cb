#!/usr/bin/env bash
# Deploy workspaces with the options of `workspace deploy`, and write endpoints.sh and endpoints.key.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${root%/integration/operations/workspaces/scripts}
# shellcheck source=integration/operations/workspaces/scripts/project.sh
. "$root/integration/operations/workspaces/scripts/project.sh"
workspace deploy --endpoints "$root/endpoints.sh" "$@"
