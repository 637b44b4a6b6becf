//! What helps: `--help`, `help`, `--version`.

use expect_test::expect;

use crate::harness::Iw102;

#[test]
fn the_version_is_one_line() {
    Iw102::new().run(["--version"]).check(expect![[r#"
        iw102 0.1.0
        --- stderr
        --- exit 0
    "#]]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the help is as long as it is")]
fn help_lists_the_commands() {
    Iw102::new().run(["--help"]).check(expect![[r#"
        Start, follow and debug AWS Step Functions state machines, on AWS or on an engine inside the binary

        Usage: iw102 [OPTIONS] <COMMAND>

        Commands:
          invoke       Start an execution, follow it, print its output
          start        Start an execution, print its ARN
          status       Describe an execution: status, state, errors that were caught, output
          stop         Stop executions; they end ABORTED
          redrive      Let an execution that failed go on from the state that failed
          wait         Wait for the end of executions, or until one waits or is in a state; print their
                       output
          list         List executions, the newest first
          token        Find the task token that somebody must answer, print it
          heartbeat    Say that a waiting task is still being worked on
          succeed      Answer a waiting task token with success: the task's output, {} without one
          fail         Answer a waiting task token with a failure, for Retry and Catch of the state
          history      Show what an execution did, event by event
          logs         Show what a Lambda function printed
          open         Open an execution or a state machine in AWS's console
          check        Say everything that is wrong with serverless.yml or a definition, with its place and
                       what to write instead
          dev          Serve AWS's APIs and the project's own API on this machine, until Ctrl-C
          clock        Show the time of the process that serves the store, or move it where it is virtual
          keys         List the API keys of the project, show one, what it has used, or why it is refused
          endpoints    List the routes of the project's API: URL, what it calls, whether it asks for a key
          whoami       Show which account, region, stage and endpoint are used, and where each was found
          http         Send a request through the API gateway, print the answer's body
          completions  Print the script that completes iw102's words in a shell
          man          Print the manual page, or write the pages of all commands and topics
          help         Show the help of a command, or of a topic: environment, exit-codes, secrets

        Options:
          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version

        Global options:
              --local
                  Use the engine inside this binary instead of AWS

          -s, --stage <STAGE>
                  The stage [env: IW102_STAGE] [default: the project's, else dev]

          -c, --file <FILE>
                  serverless.yml or a definition (.asl.json); else found upwards from here

              --param <K=V>
                  A value for ${param:K}

          -o, --output <FORMAT>
                  How to print [env: IW102_OUTPUT] [default: text]

                  Possible values:
                  - text:  The one thing that you would pipe
                  - json:  The whole object
                  - jsonl: One JSON object a line
                  - name:  Names only

          -q, --query <JMESPATH>
                  Print only what this JMESPath finds

              --timeout <DUR>
                  Give up after this long; what runs goes on

              --color <WHEN>
                  When to use colours

                  Possible values:
                  - auto:   On a terminal
                  - always: Always
                  - never:  Never

                  [default: auto]

              --no-progress
                  Say nothing while waiting

          -v, --verbose
                  Show requests and answers, and where the server is

              --region <REGION>
                  The region [env: AWS_REGION] [default: the project's, else the profile's]

              --memory
                  With --local: keep nothing after the command

              --time <real|virtual|xN>
                  With --local: how time passes: real, virtual (waits take no time; implies --memory), x10

              --function <NAME=CMD>
                  With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its
                  stdout

              --cacert <FILE>
                  Trust the CAs in this PEM file instead of the system's [env: AWS_CA_BUNDLE]

              --profile <PROFILE>
                  The profile of AWS's configuration files; its credentials come before the environment's
                  [env: AWS_PROFILE]

              --endpoint-url <URL>
                  Call this server instead of AWS's own, for all services [env: AWS_ENDPOINT_URL,
                  AWS_ENDPOINT_URL_SFN, …]

        Start here:
          iw102 check                             what is wrong with serverless.yml
          iw102 invoke MACHINE --local name=Ada   run a state machine here, print its output
          iw102 whoami                            which account, region and stage of AWS is meant
          iw102 invoke MACHINE name=Ada           run a state machine on AWS

        More: iw102 help exit-codes, iw102 help environment, iw102 help secrets
        --- stderr
        --- exit 0
    "#]]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a snapshot of a whole help")]
fn a_command_explains_itself() {
    Iw102::new().run(["help", "invoke"]).check(expect![[r#"
        Start an execution, follow it, print its output

        stdout is the output's JSON and nothing else; what happens on the way goes to stderr. --query asks
        the output, with -o json the whole object. Ctrl-C leaves the execution running.

        Usage: iw102 invoke [OPTIONS] [MACHINE] [ITEM]...

        Arguments:
          [MACHINE|ITEM]...
                  The state machine (left out where there is one; #CASE behind it names a case of
                  SFN_MOCK_CONFIG), then the input as ITEMs: k=text k:=json k=@file a[b]=c

        Options:
              --machine <MACHINE>
                  The state machine, where its name looks like an ITEM

              --name <NAME>
                  The execution's name; starting again with the same name and input joins the one that runs

              --expect-state <STATE>
                  End with 6 when the final state is another one

              --expire
                  With --time virtual: do not hold the time for tokens and activities that nobody answers

          -h, --help
                  Print help (see a summary with '-h')

        Input:
          -d, --data <JSON|@FILE|->
                  The input as JSON, as @FILE, or - for stdin

          -p, --path <FILE>
                  A file that holds the input as JSON

        Global options:
              --local
                  Use the engine inside this binary instead of AWS

          -s, --stage <STAGE>
                  The stage [env: IW102_STAGE] [default: the project's, else dev]

          -c, --file <FILE>
                  serverless.yml or a definition (.asl.json); else found upwards from here

              --param <K=V>
                  A value for ${param:K}

          -o, --output <FORMAT>
                  How to print [env: IW102_OUTPUT] [default: text]

                  Possible values:
                  - text:  The one thing that you would pipe
                  - json:  The whole object
                  - jsonl: One JSON object a line
                  - name:  Names only

          -q, --query <JMESPATH>
                  Print only what this JMESPath finds

              --timeout <DUR>
                  Give up after this long; what runs goes on

              --color <WHEN>
                  When to use colours

                  Possible values:
                  - auto:   On a terminal
                  - always: Always
                  - never:  Never

                  [default: auto]

              --no-progress
                  Say nothing while waiting

          -v, --verbose
                  Show requests and answers, and where the server is

              --region <REGION>
                  The region [env: AWS_REGION] [default: the project's, else the profile's]

              --memory
                  With --local: keep nothing after the command

              --time <real|virtual|xN>
                  With --local: how time passes: real, virtual (waits take no time; implies --memory), x10

              --function <NAME=CMD>
                  With --local: run CMD as the Lambda function NAME; the event is its stdin, the result its
                  stdout

              --cacert <FILE>
                  Trust the CAs in this PEM file instead of the system's [env: AWS_CA_BUNDLE]

              --profile <PROFILE>
                  The profile of AWS's configuration files; its credentials come before the environment's
                  [env: AWS_PROFILE]

              --endpoint-url <URL>
                  Call this server instead of AWS's own, for all services [env: AWS_ENDPOINT_URL,
                  AWS_ENDPOINT_URL_SFN, …]

        EXAMPLES
          iw102 invoke                                           the project's only machine on AWS, input {}
          iw102 invoke hello name=Ada age:=36                    {"name":"Ada","age":36}
          iw102 invoke hello --stage prod --data @event.json     input from a file
          iw102 invoke hello@LIVE --expect-state Approved        6 when it ended elsewhere
          iw102 invoke hello -q message --timeout 5m             a part of the output, within 5 minutes

          On the engine inside iw102:
          iw102 invoke hello --local name=Ada                    the same here
          iw102 invoke hello --local --time virtual              waits take no time
          iw102 invoke hello --local --function greet='jq .name' a command as Lambda function
          iw102 invoke -c machine.asl.json --local               a plain definition

        Ends with 0 when it SUCCEEDED, 3 FAILED, 4 TIMED_OUT, 5 ABORTED (iw102 help exit-codes).
        --- stderr
        --- exit 0
    "#]]);
}

#[test]
fn exit_codes_are_a_topic() {
    Iw102::new().run(["help", "exit-codes"]).check(expect![[r#"
        Exit codes

            0  done, SUCCEEDED, sent
            1  unexpected error
            2  usage, bad JSON, too large, ambiguous
            3  execution FAILED
            4  execution TIMED_OUT
            5  execution ABORTED
            6  ended, but not as --expect-state or --for said
            7  still running (status --exit-status)
           10  not found
           11  AWS credentials missing, expired, denied
           12  API key refused
           13  throttled or over quota
           14  token gone: answered, timed out, closed
           15  token invalid
           16  conflict: name in use, not redrivable, port taken
           20  network, DNS, TLS
          124  our own --timeout
          130  interrupted (SIGINT); 143 when terminated (SIGTERM)
        --- stderr
        --- exit 0
    "#]]);
}

#[test]
fn an_unknown_topic_is_an_error() {
    Iw102::new().run(["help", "invok"]).check(expect![[r#"
        --- stderr
        error: there is no help about `invok`
        hint:  did you mean invoke?
        --- exit 2
    "#]]);
}

#[test]
fn every_command_has_examples() {
    let iw102 = Iw102::new();
    for command in [
        "invoke",
        "start",
        "status",
        "stop",
        "wait",
        "list",
        "history",
        "logs",
        "open",
        "check",
        "clock",
        "keys",
        "endpoints",
        "whoami",
        "http",
        "man",
    ] {
        let help = iw102.run([command, "--help"]);
        assert_eq!(help.code, Some(0), "{command}");
        assert!(help.stdout.contains("EXAMPLES"), "{command}");
    }
}

#[test]
fn a_part_of_a_command_has_help_and_a_command_has_a_page() {
    let iw102 = Iw102::new();
    let ran = iw102.run(["help", "clock", "advance"]);
    assert!(ran.stdout.contains("advance [OPTIONS] <DUR|next>"), "{}", ran.snapshot());
    let ran = iw102.run(["man", "invoke"]);
    assert!(ran.stdout.contains(".TH iw102-invoke 1"), "{}", ran.snapshot());
    let (help, page) = (iw102.run(["help", "clock", "advanc"]), iw102.run(["man", "invok"]));
    assert_eq!((help.code, page.code), (Some(2), Some(2)));
    assert!(help.stderr.contains("did you mean advance?"), "{}", help.snapshot());
    assert!(page.stderr.contains("did you mean invoke?"), "{}", page.snapshot());
}

#[test]
fn topics_are_told_as_commands_are() {
    let iw102 = Iw102::new();
    for (topic, line) in [
        ("environment", "  IW102_STAGE                 the stage (--stage)\n"),
        ("exit-codes", "  124  our own --timeout\n"),
        ("secrets", "  env:NAME      the variable NAME\n"),
    ] {
        let ran = iw102.run(["help", topic]);
        assert!(ran.code == Some(0) && ran.stdout.contains(line), "{}", ran.stdout);
        assert!(iw102.run(["help"]).stdout.contains(&format!("iw102 help {topic}")), "{topic}");
    }
    assert!(iw102.run(["help", "secrts"]).stderr.contains("did you mean secrets?"));
}
