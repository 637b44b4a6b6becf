# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_iw102_global_optspecs
    string join \n local s/stage= c/file= param= o/output= q/query= timeout= color= no-progress v/verbose region= memory time= function= profile= h/help V/version
end

function __fish_iw102_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_iw102_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_iw102_using_subcommand
    set -l cmd (__fish_iw102_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c iw102 -n "__fish_iw102_needs_command" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_needs_command" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_needs_command" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_needs_command" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_needs_command" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_needs_command" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_needs_command" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_needs_command" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_needs_command" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_needs_command" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_needs_command" -s V -l version -d 'Print version'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "invoke" -d 'Start an execution, follow it, print its output'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "start" -d 'Start an execution, print its ARN'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "status" -d 'Describe an execution: status, state, errors that were caught, output'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "stop" -d 'Stop executions; they end ABORTED'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "wait" -d 'Wait for the end of executions, print their output'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "list" -d 'List executions, the newest first'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "history" -d 'Show what an execution did, event by event'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "logs" -d 'Show what a Lambda function printed'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "check" -d 'Say everything that is wrong with serverless.yml or a definition, with its place and what to write instead'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "clock" -d 'Show the time of the process that serves the store, or move it where it is virtual'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "help" -d 'Show the help of a command, or of a topic: exit-codes'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l machine -d 'The state machine, where its name looks like an ITEM' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l name -d 'The execution\'s name; starting again with the same name and input joins the one that runs' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s d -l data -d 'The input as JSON, as @FILE, or - for stdin' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s p -l path -d 'A file that holds the input as JSON' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l expect-state -d 'End with 6 when the final state is another one' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l expire -d 'With --time virtual: do not hold the time for tokens and activities that nobody answers'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l machine -d 'The state machine, where its name looks like an ITEM' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l name -d 'The execution\'s name; starting again with the same name and input joins the one that runs' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s d -l data -d 'The input as JSON, as @FILE, or - for stdin' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s p -l path -d 'A file that holds the input as JSON' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l exit-status -d 'End with the exit code of the status: 7 running, 3 FAILED, 4 TIMED_OUT, 5 ABORTED'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l exec -d 'An execution, as a flag; may be given more than once' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l error -d 'The error\'s name' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l cause -d 'The error\'s cause' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l exec -d 'An execution, as a flag; may be given more than once' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l for -d 'What to wait for' -r -f -a "done\t'The end, whatever it is'
succeeded\t'The end, which must be SUCCEEDED'"
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l expect-state -d 'End with 6 when the final state is another one' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l machine -d 'The state machine, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l status -d 'Only with this status' -r -f -a "running\t''
succeeded\t''
failed\t''
timed-out\t''
aborted\t''"
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l limit -d 'At most so many' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l reverse -d 'The newest event first'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s f -l follow -d 'Print events as they come, until the execution ends'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l since -d 'Only what was printed in the last DUR' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s f -l follow -d 'Print lines as they come'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -f -a "advance" -d 'Move a virtual clock'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l out -d 'Write all pages into this folder' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
