# bash takes `@`, `=` and `:` for ends of words; here the words are put together again as they were typed.
_perfteam() {
    local line="$COMP_LINE" current="${2-}" value piece i
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece="${COMP_WORDS[i]}"
        if ((i > 0)) && [[ $line != [[:space:]]* ]]; then
            words[${#words[@]}-1]+="$piece"
        else
            words+=("$piece")
        fi
        while [[ $line == [[:space:]]* ]]; do line="${line:1}"; done
        line="${line#"$piece"}"
    done
    local last="${words[${#words[@]}-1]}"
    local typed="${last%"$current"}"
    COMPREPLY=()
    while IFS=$'\t' read -r value _; do
        value="${value#"$typed"}"
        printf -v value '%q' "$value"
        COMPREPLY+=("$value")
    done < <(command perfteam complete -- "${words[@]}" 2>/dev/null)
    [[ ${COMPREPLY-} != *[=/] ]] || compopt -o nospace 2>/dev/null
}
complete -o bashdefault -o default -o nosort -F _perfteam perfteam 2>/dev/null ||
    complete -o bashdefault -o default -F _perfteam perfteam
