# Keeps one comment with the review of a pull request (GitHub) or merge request (GitLab) up to date:
#
#   perfteam review --script | sh
#
# Needs perfteam and curl. Where no comment can be written, as for pull requests from forks, the review
# is in the summary of the job, or in the log and in perfteam-review.md; the job goes on.
#
#   PERFTEAM_BASE    the branch into which it is merged: origin/main
#   PERFTEAM_MERGED  --merged, where the commits are on the integration branch already
#   PERFTEAM_TOKEN   may write comments
#   PERFTEAM_AUTHOR  who writes them; GitLab is asked for it
#   PERFTEAM_PULL    the number of the pull request; GitLab's variables know it
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
token=${PERFTEAM_TOKEN:-}
status=000
range="${PERFTEAM_BASE:?is not set: the branch into which it is merged, such as origin/main}..HEAD"

# call METHOD URL [FILE]: asks the API, with the contents of FILE as body. The answer is in $work/answer,
# its status in $status. The token is told on standard input: arguments are seen by every process. Who is
# told to come again in an hour goes on without.
call() {
  body=
  [ $# -lt 3 ] || body="data-binary = \"@$3\""
  status=$(
    printf 'header = "%s %s"\nheader = "Content-Type: application/json"\n%s\n' "$token_header" "$token" "$body" |
      curl --config - --silent --show-error --max-time 60 --retry 2 --retry-max-time 60 --request "$1" \
        --output "$work/answer" --write-out '%{http_code}' "$2"
  ) || status=000
  case $status in 2??) return 0 ;; *) return 1 ;; esac
}

# The ids of our comments, the oldest first.
own_comments() {
  page=1
  while [ "$page" -le 50 ]; do
    call GET "$comments?per_page=100&page=$page${oldest_first:-}" || return 1
    [ "$(tr -d '[:space:]' <"$work/answer")" != '[]' ] || break
    perfteam review --find-comment "$work/answer" --author "$PERFTEAM_AUTHOR" || return 1
    page=$((page + 1))
  done
}

# Writes the first of our comments anew, or a first one; takes others away, which runs at the same time left.
keep_one() {
  own_comments >"$work/ids" || return 1
  perfteam review "$range" ${PERFTEAM_MERGED:-} --as-body >"$work/body" || return 1
  first=$(head -n 1 "$work/ids")
  if [ -z "$first" ]; then
    call POST "$comments" "$work/body"
    return
  fi
  if ! call "$update" "$one/$first" "$work/body"; then
    # It was taken away meanwhile.
    [ "$status" = 404 ] && call POST "$comments" "$work/body" || return 1
  fi
  tail -n +2 "$work/ids" | while read -r id; do call DELETE "$one/$id" || true; done
}

# Why no comment could be written, as far as the status tells.
reason() {
  case $status in
    401) echo ': the token is not taken' ;;
    403 | 404) echo ': the token may not write comments, as that of a pull request from a fork' ;;
    429) echo ': too many requests' ;;
    5??) echo ': the forge had an error' ;;
    000) echo ': the API was not reached' ;;
  esac
}

perfteam review "$range" ${PERFTEAM_MERGED:-} >"$work/review.md"

if [ -n "${GITHUB_ACTIONS:-}" ]; then
  cat "$work/review.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  where='the summary of this job'
  token_header='Authorization: Bearer'
  repository="${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY"
  comments="$repository/issues/${PERFTEAM_PULL:-}/comments"
  one="$repository/issues/comments"
  update=PATCH
  warn='::warning::'
else
  cp "$work/review.md" perfteam-review.md
  where='the log and in perfteam-review.md'
  token_header='PRIVATE-TOKEN:'
  PERFTEAM_PULL=${PERFTEAM_PULL:-${CI_MERGE_REQUEST_IID:-}}
  comments="${CI_API_V4_URL:-}/projects/${CI_PROJECT_ID:-}/merge_requests/$PERFTEAM_PULL/notes"
  oldest_first='&sort=asc&order_by=created_at'
  one=$comments
  update=PUT
  warn=
  perfteam review "$range" ${PERFTEAM_MERGED:-} --format text
  if [ -z "${PERFTEAM_AUTHOR:-}" ] && [ -n "$token" ] && call GET "$CI_API_V4_URL/user"; then
    PERFTEAM_AUTHOR=$(sed -n 's/.*"username" *: *"\([^"]*\)".*/\1/p' "$work/answer")
  fi
fi

if [ -z "$PERFTEAM_PULL" ]; then
  echo "perfteam: this is no run of a pull request; the review is in $where"
elif [ -z "$token" ] || [ -z "${PERFTEAM_AUTHOR:-}" ]; then
  echo "perfteam: there is no token that may write comments; the review is in $where"
elif keep_one; then
  echo 'perfteam: the comment with the review is up to date'
else
  echo "${warn}perfteam: the comment could not be written (status $status)$(reason); the review is in $where"
fi
