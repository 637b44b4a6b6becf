# Completions of iw102 for PowerShell. iw102 itself is asked what can stand at the cursor.

Register-ArgumentCompleter -Native -CommandName 'iw102' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string] $_.Value } else { $_.Extent.Text } })
    $current = $wordToComplete.Trim("'", '"')
    # Older versions lose an empty argument on its way to a program.
    if ($current -eq '' -and $PSVersionTable.PSVersion -lt [version] '7.3') { $current = '""' }

    foreach ($line in @(& iw102 complete powershell -- $words $current 2>$null)) {
        if ($line -eq ':files' -or $line -eq ':folders') { return }
        $text, $about = $line -split "`t", 2
        if (-not $about) { $about = $text }
        $shown = $text
        if ($text -match '[\s''"$`@#;&|(){}<>,]') { $shown = "'" + $text.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($shown, $text, 'ParameterValue', $about)
    }
}
