# Completions of iw102 for fish. iw102 itself is asked what can stand at the cursor.

function __iw102_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l answer (command iw102 complete fish -- $words (string unescape -- "$current"; or echo -- "$current") 2>/dev/null)
    switch "$answer[1]"
        case :files :folders
            set -l before (string match --regex -- '^--[a-z-]+=' "$current")
            set -l path (string replace --regex -- '^--[a-z-]+=' '' "$current")
            for line in (__fish_complete_path "$path")
                echo -- "$before$line"
            end
        case '*'
            string join -- \n $answer
    end
end

complete --command iw102 --no-files --keep-order --arguments '(__iw102_complete)'
