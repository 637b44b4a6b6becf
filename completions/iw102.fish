# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_iw102_global_optspecs
    string join \n local s/stage= c/file= param= o/output= q/query= timeout= color= no-progress v/verbose region= memory time= function= cacert= profile= h/help V/version
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
complete -c iw102 -n "__fish_iw102_needs_command" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "token" -d 'Find the task token that somebody must answer, print it'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "heartbeat" -d 'Say that a waiting task is still being worked on'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "succeed" -d 'Answer a waiting task token with success: the task\'s output, {} without one'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "fail" -d 'Answer a waiting task token with a failure, for Retry and Catch of the state'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "history" -d 'Show what an execution did, event by event'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "logs" -d 'Show what a Lambda function printed'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "check" -d 'Say everything that is wrong with serverless.yml or a definition, with its place and what to write instead'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "dev" -d 'Serve AWS\'s APIs and the project\'s own API on this machine, until Ctrl-C'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "clock" -d 'Show the time of the process that serves the store, or move it where it is virtual'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "keys" -d 'List the API keys of the project, show one, or what it has used'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "endpoints" -d 'List the routes of the project\'s API: URL, what it calls, whether it asks for a key'
complete -c iw102 -n "__fish_iw102_needs_command" -f -a "http" -d 'Send a request through the API gateway, print the answer\'s body'
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
complete -c iw102 -n "__fish_iw102_using_subcommand invoke" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l api-key -d 'Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the project\'s first' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l api -d 'Go through the gateway at this address, its stage included [env: IW102_API, not with --local]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l route -d 'Go through this route of the API; else the machine\'s own, POST before GET' -r
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
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l api-key -d 'Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the project\'s first' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l api -d 'Go through the gateway at this address, its stage included [env: IW102_API, not with --local]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l route -d 'Go through this route of the API; else the machine\'s own, POST before GET' -r
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
complete -c iw102 -n "__fish_iw102_using_subcommand status" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l api-key -d 'Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the project\'s first' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l api -d 'Go through the gateway at this address, its stage included [env: IW102_API, not with --local]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l route -d 'Go through this route of the API; else the machine\'s own, POST before GET' -r
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
complete -c iw102 -n "__fish_iw102_using_subcommand stop" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand wait" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l state -d 'Only the token of this state' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l iteration -d 'Where a Map waits for several: only the token of the iteration with this index, from 0' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l wait -d 'Wait until a token comes, at most so long' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand token" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l state -d 'Only the token of this state' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l iteration -d 'Where a Map waits for several: only the token of the iteration with this index, from 0' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l token -d 'The token: env:NAME, @FILE, - for stdin, or itself [env: IW102_TOKEN, IW102_TOKEN_FILE]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l every -d 'Again and again until the task ends; auto: after each third of the state\'s HeartbeatSeconds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand heartbeat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l state -d 'Only the token of this state' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l iteration -d 'Where a Map waits for several: only the token of the iteration with this index, from 0' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l token -d 'The token: env:NAME, @FILE, - for stdin, or itself [env: IW102_TOKEN, IW102_TOKEN_FILE]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s d -l data -d 'The output as JSON, as @FILE, or - for stdin' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s p -l path -d 'A file that holds the output as JSON' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand succeed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l exec -d 'The execution, as a flag' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l state -d 'Only the token of this state' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l iteration -d 'Where a Map waits for several: only the token of the iteration with this index, from 0' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l token -d 'The token: env:NAME, @FILE, - for stdin, or itself [env: IW102_TOKEN, IW102_TOKEN_FILE]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l error -d 'The error\'s name, which Retry and Catch match' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l cause -d 'The error\'s cause' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand fail" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c iw102 -n "__fish_iw102_using_subcommand history" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand logs" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l port -d 'The port of all AWS APIs; 0 for any free one [default: 8083 or the next free one]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l api-port -d 'The port of the project\'s API, or off [default: 8084 or the next free one]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l host -d 'The address to listen on; any other than loopback lets other machines in' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l ready-file -d 'Write where it serves into this file once it does, as JSON' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l no-reload -d 'Do not reload the project\'s file when it changes'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand dev" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and not __fish_seen_subcommand_from advance" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand clock; and __fish_seen_subcommand_from advance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -f -a "list" -d 'List the keys: a digest stands for the value'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -f -a "show" -d 'Show a key'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and not __fish_seen_subcommand_from list show usage" -f -a "usage" -d 'Show what keys have used of their quota, and their bounds'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l reveal -d 'Print the value and only that'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l conceal -d 'Do not print the value, which is the default'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand keys; and __fish_seen_subcommand_from usage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand endpoints" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s d -l data -d 'The input as JSON, as @FILE, or - for stdin' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s p -l path -d 'A file that holds the input as JSON' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l api-key -d 'Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the project\'s first' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l api -d 'Go through the gateway at this address, its stage included [env: IW102_API, not with --local]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s s -l stage -d 'The stage [env: IW102_STAGE] [default: the project\'s, else dev]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s c -l file -d 'serverless.yml or a definition (.asl.json); else found upwards from here' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l param -d 'A value for ${param:K}' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s o -l output -d 'How to print [env: IW102_OUTPUT] [default: text]' -r -f -a "text\t'The one thing that you would pipe'
json\t'The whole object'
jsonl\t'One JSON object a line'
name\t'Names only'"
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s q -l query -d 'Print only what this JMESPath finds' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l timeout -d 'Give up after this long; what runs goes on' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l region -d 'The region [env: AWS_REGION] [default: the project\'s, else us-east-1]' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l time -d 'With --local: how time passes: real, virtual (waits take no time; implies --memory), x10' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l function -d 'With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its stdout' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l offline -d 'Print the request instead of sending it'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l curl -d 'Print the command of curl that sends the same, with $IW102_API_KEY for the key'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand http" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c iw102 -n "__fish_iw102_using_subcommand completions" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand man" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
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
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l cacert -d 'Trust the CAs in this PEM file instead of the system\'s, for an API gateway [env: AWS_CA_BUNDLE]' -r -F
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l profile -d 'Accepted as the Serverless Framework has it; the local engine needs no credentials' -r
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l local -d 'Use the engine inside this binary instead of AWS'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l no-progress -d 'Say nothing while waiting'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s v -l verbose -d 'Show requests and answers, and where the server is'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -l memory -d 'With --local: keep nothing after the command'
complete -c iw102 -n "__fish_iw102_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
