# Completions of iw102 for bash. iw102 itself is asked what can stand at the cursor.

_iw102() {
    local line first=1
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $first && $line == :files ]]; then
            compopt -o default +o nospace 2>/dev/null || COMPREPLY=($(compgen -f -- "$2"))
            return
        elif [[ $first && $line == :folders ]]; then
            compopt -o dirnames +o nospace 2>/dev/null || COMPREPLY=($(compgen -d -- "$2"))
            return
        fi
        first=
        COMPREPLY+=("$line")
    done < <(command iw102 complete bash --breaks="$COMP_WORDBREAKS" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

# Bash before 4.4 (macOS has 3.2) cannot keep the order.
complete -o nospace -o nosort -F _iw102 iw102 2>/dev/null || complete -o nospace -F _iw102 iw102
