#!/usr/bin/env bash
# Write the committed project as two archives that hold the same and deploy by themselves; the same commit, the same bytes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${root%/integration/operations/workspaces/scripts}
name=servicenow-aws-integration-v1.0
scripts=integration/operations/workspaces/scripts
case ${1:-} in -*)
    echo "Usage: $0 [FOLDER]"
    echo "Writes $name.tar.gz and $name.zip there.  [default: dist, beside the project's README.md]"
    [[ $1 == --help || $1 == -h ]] && exit 0 || exit 2
    ;;
esac
if [[ $(git -C "$root" rev-parse --show-prefix 2>/dev/null || echo none) != "" ]]; then
    echo "Packages are made from a clone: git knows what belongs to the project, and $root is none." >&2
    exit 2
fi
if [[ -n $(git -C "$root" status --porcelain --untracked-files=no) ]]; then
    echo "There are changes that are not committed, and a package holds one commit. Commit or stash them." >&2
    exit 2
fi
mkdir -p "${1:-$root/dist}"
out=$(cd "${1:-$root/dist}" && pwd)
cd "$root"
added=()
for file in "$scripts"/{deploy,test-complete-flow,cleanup-resources,create-deployment-package}.sh \
    docs/workspaces/spa-creator-{stack.yaml,policy.json}; do
    added+=("--add-file=$file")
done
for format in tar.gz zip; do
    TZ=UTC git -c tar.umask=0022 archive --prefix="$name/" "${added[@]}" --output="$out/$name.$format" HEAD
    echo "$out/$name.$format"
done
