# Completions of iw102 for elvish. iw102 itself is asked what can stand at the cursor.

use str

set edit:completion:arg-completer[iw102] = {|@words|
    var answer = [(try { e:iw102 complete elvish -- $@words 2>/dev/null } catch { nop })]
    if (== (count $answer) 0) {
        nop
    } elif (has-value [:files :folders] $answer[0]) {
        edit:complete-filename $@words
    } else {
        for line $answer {
            var text about = (str:split &max=2 "\t" $line)
            var suffix = ' '
            if (has-value [: = / @] $text[-1]) {
                set suffix = ''
            }
            var display = $text
            if (not-eq $about '') {
                set display = $text' ('$about')'
            }
            edit:complex-candidate $text &code-suffix=$suffix &display=$display
        }
    }
}
