#!/usr/bin/env bash
# Archive all files of all workspaces, then remove their buckets; what is deployed stays.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${root%/integration/operations/workspaces/scripts}
# shellcheck source=integration/operations/workspaces/scripts/project.sh
. "$root/integration/operations/workspaces/scripts/project.sh"
usage="Usage: $0 --all --yes [--name NAME] [--profile PROFILE] [--region REGION]
Archives the files of all workspaces and removes their buckets; table, archive and functions stay.
One alone, or a person's: ./deploy_integrations_solution.py workspace end --help"
case " $* " in *" --help "* | *" -h "*)
    echo "$usage"
    exit 0
    ;;
esac
for needed in --all --yes; do
    if [[ " $* " != *" $needed "* ]]; then
        printf 'Nothing is changed: %s is missing.\n%s\n' "$needed" "$usage" >&2
        exit 2
    fi
done
workspace end "$@"
