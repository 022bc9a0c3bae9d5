#compdef perfteam
_perfteam() {
    local line
    local -a values shown
    for line in "${(@f)$(command perfteam complete -- "${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        if [[ $line == *$'\t'* ]]; then
            shown+=("${line%%$'\t'*}  -- ${line#*$'\t'}")
        else
            shown+=("$line")
        fi
    done
    if (( ! $#values )); then
        _default
    elif [[ $#values -eq 1 && $values[1] == *[=/] ]]; then
        compadd -S '' -a values
    else
        compadd -V perfteam -l -d shown -a values
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _perfteam "$@"
else
    compdef _perfteam perfteam
fi
