#!/usr/bin/env bash
# Make, use and end one workspace (kind demo) by the addresses of endpoints.sh; exit code 0: all went as it should.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${root%/integration/operations/workspaces/scripts}
endpoints=${1:-$root/endpoints.sh}
patience_s=900
case ${1:-} in -*)
    echo "Usage: $0 [FILE]"
    echo "Makes a workspace, uses it and ends it. FILE: written by ./deploy.sh.  [default: $root/endpoints.sh]"
    [[ $1 == --help || $1 == -h ]] && exit 0 || exit 2
    ;;
esac
for needed in curl jq; do
    command -v "$needed" >/dev/null || { echo "$needed is missing: install it." >&2; exit 2; }
done
[[ -f $endpoints ]] || { echo "There is no $endpoints: run ./deploy.sh, which writes it." >&2; exit 2; }
# shellcheck source=/dev/null
. "$endpoints"
folder=$(mktemp -d)
workspace='' verdict=FAILED

leave() {
    if [[ -n $workspace ]]; then
        curl --silent --output /dev/null -X DELETE -H @"$SPA_KEY_FILE" "$SPA_CREATOR_ENDPOINT/$workspace?now=true" || true
    fi
    rm -rf "$folder"
    echo "$verdict"
}
trap leave EXIT

fail() {
    echo "fail  $1"
    exit 1
}

# ask STATUS WHAT CURL'S WORDS…: the answer is in $folder/answer. Links, bearers and signatures are read from files.
ask() {
    local wanted=$1 what=$2 got
    shift 2
    got=$(curl --silent --show-error --max-time 30 --retry 3 --output "$folder/answer" --write-out '%{http_code}' "$@") ||
        fail "$what: no answer"
    [[ $got =~ ^($wanted)$ ]] || fail "$what: $got $(jq -r '.error? // .message? // empty' "$folder/answer" 2>/dev/null)"
}

tell() { jq "${@:2}" "$1" "$folder/answer"; }

is() { tell "$1" --exit-status >/dev/null || fail "$2"; echo "pass  $2"; }

wait_for() {
    local end=$((SECONDS + patience_s))
    ask 200 "the workspace is shown" -H @"$SPA_KEY_FILE" "$SPA_CREATOR_ENDPOINT/$workspace"
    until tell ".phase == \"$1\"" --exit-status >/dev/null; do
        ((SECONDS < end)) || fail "$2: $(tell '"\(.phase) \(.blocked)"' -r) after $patience_s s"
        sleep 1
        ask 200 "the workspace is shown" -H @"$SPA_KEY_FILE" "$SPA_CREATOR_ENDPOINT/$workspace"
    done
    echo "pass  $2"
}

json=(-H 'Content-Type: application/json')
order="{\"username\": \"test-complete-flow\", \"kind\": \"demo\", \"days\": 1, \"idempotency_key\": \"flow-$$-$(date +%s)\"}"
file='what a file says'
printf %s "$file" >"$folder/sent"

ask 403 "without a key" "${json[@]}" -d "$order" "$SPA_CREATOR_ENDPOINT"
echo "pass  without a key nothing is made"
ask '201|202' "a workspace is made" "${json[@]}" -H @"$SPA_KEY_FILE" -d "$order" "$SPA_CREATOR_ENDPOINT"
workspace=$(tell .workspace_id -r)
wait_for ready "a workspace is ready"
tell '{link}' >"$folder/link"
ask 200 "the same call" "${json[@]}" -H @"$SPA_KEY_FILE" -d "$order" "$SPA_CREATOR_ENDPOINT"
is ".workspace_id == \"$workspace\"" "the same call again makes no second one"
ask 200 "the page" "$(tell .url -r)"
echo "pass  the page opens"

session=${INFO_ENDPOINT%/me}/session
ask 200 "the link" "${json[@]}" --data @"$folder/link" "$session"
tell '"Authorization: Bearer \(.token)"' -r >"$folder/bearer"
ask 200 "information" -H @"$folder/bearer" "$INFO_ENDPOINT"
is '.name == "test-complete-flow"' "the link opens it and shows whose it is"

ask 200 "an address" "${json[@]}" -H @"$folder/bearer" \
    -d "{\"name\": \"flow.txt\", \"size\": ${#file}, \"type\": \"text/plain\"}" "$UPLOAD_ENDPOINT"
tell '(.fields | to_entries[] | "form-string = " + ("\(.key)=\(.value)" | @json)), "url = " + (.url | @json)' -r >"$folder/form"
ask '200|201|204' "the upload" --config "$folder/form" --form file=@"$folder/sent"
ask 200 "the list" -H @"$folder/bearer" "$LIST_ENDPOINT"
is "[.files[] | [.name, .size]] == [[\"flow.txt\", ${#file}]]" "a file is uploaded and listed"
ask 200 "an address" "${json[@]}" -H @"$folder/bearer" -d '{"name": "flow.txt"}' "${INFO_ENDPOINT%/me}/downloads"
tell '"url = " + (.url | @json)' -r >"$folder/address"
ask 200 "the download" --config "$folder/address"
cmp --silent "$folder/sent" "$folder/answer" || fail "the file comes back as it was"
echo "pass  the file comes back as it was"

ask '200|202' "the end" -X DELETE -H @"$SPA_KEY_FILE" "$SPA_CREATOR_ENDPOINT/$workspace?now=true"
wait_for gone "it is archived and removed"
is ".proof | startswith(\"1 files, ${#file} bytes archived\")" "its proof names the file"
ask 409 "an address afterwards" "${json[@]}" -H @"$folder/bearer" -d '{"name": "flow.txt"}' "${INFO_ENDPOINT%/me}/downloads"
echo "pass  its link reaches no file any more"
workspace='' verdict=PASSED
