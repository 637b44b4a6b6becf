//! Mistakes on the command line, and what is said about them before anything happens.

use expect_test::expect;

use crate::harness::Iw102;

#[test]
fn without_local_it_is_aws_which_needs_a_region_and_credentials() {
    let iw102 = Iw102::new().with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "");
    iw102.run(["start", "hello"]).check(expect![[r#"
        --- stderr
        error: no region is set
        hint:  name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file
        --- exit 2
    "#]]);
    iw102.run(["start", "hello", "--region", "eu-west-1"]).check(expect![[r#"
        --- stderr
        error: there are no AWS credentials
        hint:  log in (aws sso login), name a profile (--profile NAME) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what is found: iw102 whoami --region eu-west-1. Without AWS: --local
        --- exit 11
    "#]]);
    assert!(!iw102.work().join("../home/iw102").exists(), "nothing happens before");
}

#[test]
fn an_unknown_flag() {
    Iw102::new().run(["status", "--lokal"]).check(expect![[r#"
        --- stderr
        error: unexpected argument '--lokal' found

          tip: a similar argument exists: '--local'

        Usage: iw102 status --local [EXEC]

        For more information, try '--help'.
        --- exit 2
    "#]]);
}

#[test]
fn commands_of_later_versions_do_not_exist() {
    for command in ["deploy", "trace"] {
        assert_eq!(Iw102::new().run([command]).code, Some(2), "{command}");
    }
}

#[test]
fn wrong_json_is_shown_with_its_place() {
    Iw102::new().run(["invoke", "--local", "--data", "{\"a\" 1}"]).check(expect![[r#"
        --- stderr
        error: --data is not JSON: expected `:` at line 1 column 6
            {"a" 1}
                 ^
        hint:  a shell eats double quotes: write --data '{"key": "value"}', or key=value
        --- exit 2
    "#]]);
}

#[test]
fn wrong_json_on_stdin_is_found_before_the_store_is_opened() {
    let iw102 = Iw102::new();
    iw102.run_with_stdin(["start", "--local", "-d", "-"], "{").check(expect![[r#"
        --- stderr
        error: stdin is not JSON: EOF while parsing an object at line 1 column 2
            {
             ^
        hint:  a shell eats double quotes: write --data '{"key": "value"}', or key=value
        --- exit 2
    "#]]);
    assert!(!iw102.work().join("../home/iw102").exists(), "nothing happens before");
}

#[test]
fn a_second_word_must_be_an_item() {
    Iw102::new().run(["invoke", "M", "N", "--local"]).check(expect![[r#"
        --- stderr
        error: `N` is not an ITEM
        hint:  write KEY=TEXT or KEY:=JSON; a whole document goes to --data
        --- exit 2
    "#]]);
}

#[test]
fn stop_never_defaults() {
    Iw102::new().run(["stop", "--local"]).check(expect![[r#"
        --- stderr
        error: the following required arguments were not provided:
          <EXEC>...

        Usage: iw102 stop --local <EXEC>...

        For more information, try '--help'.
        --- exit 2
    "#]]);
}

#[test]
fn a_region_is_one_word() {
    let iw102 = Iw102::new().on_aws_at("http://127.0.0.1:9");
    iw102.run(["list", "--region", "x y"]).check(expect![[r#"
        --- stderr
        error: --region is not the name of a region: `x y`; write one as in eu-west-1
        --- exit 2
    "#]]);
    let ran = iw102.with("AWS_REGION", "eu/west").run(["list"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("AWS_REGION is not the name of a region"), "{}", ran.snapshot());
}

#[test]
fn an_endpoint_url_is_checked_whoever_names_it() {
    for url in ["notaurl", "http://127.0.0.1:99999", "http://127.0.0.1:port", "ftp://u:never-shown-password@h"] {
        let iw102 = Iw102::new().on_aws_at("").hiding("never-shown-password");
        let ran = iw102.run(["list", "--endpoint-url", url]);
        assert!(ran.code == Some(2) && ran.stderr.contains("--endpoint-url is not the URL"), "{}", ran.snapshot());
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SFN"] {
            let iw102 = Iw102::new().on_aws_at("").hiding("never-shown-password").with(name, url);
            let ran = iw102.run(["list"]);
            let expected =
                format!("error: {name} is not the URL of a server\nhint:  write http://HOST:PORT or https://HOST\n");
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), expected.as_str()), "{}", ran.snapshot());
            // Nobody is called there.
            let ran = iw102.with("AWS_MAX_ATTEMPTS", "1").run(["list", "--endpoint-url", "http://127.0.0.1:9"]);
            assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
        }
    }
}

#[test]
fn a_request_is_a_method_and_a_path() {
    let iw102 = Iw102::new();
    iw102.run(["http", "get"]).check(expect![[r#"
        --- stderr
        error: get has no PATH behind it
        hint:  write it below the stage, as in: iw102 http get /action/start
        --- exit 2
    "#]]);
    let ran = iw102.run(["http", "BOGUS"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("`BOGUS` is no method of an API"), "{}", ran.snapshot());
    iw102.run(["http", "POST", "/a b", "--local", "--api-key", "short"]).check(expect![[r#"
        --- stderr
        error: what follows --api-key is no key: a key has at least 20 characters
        hint:  write --api-key last, or with a REF: iw102 http POST '/a b' --local --api-key
        --- exit 2
    "#]]);
}

#[test]
fn a_duration_needs_its_unit() {
    Iw102::new().run(["wait", "--local", "--timeout", "30"]).check(expect![[r#"
        --- stderr
        error: invalid value '30' for '--timeout <DUR>': `30` has no unit; write 30s for seconds (also 500ms, 30s, 5m, 2h, 1d, 1h30m)

        For more information, try '--help'.
        --- exit 2
    "#]]);
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let iw102 = Iw102::new();
    iw102.run(["stop", "a:b:c", "--local", "-o", "json"]).check(expect![[r#"
        --- stderr
        {"error":{"code":"Usage","message":"`a:b:c` is not an execution; write its ARN, its name, last, or MACHINE:last","hint":null,"exitCode":2,"requestId":null}}
        --- exit 2
    "#]]);
    iw102.run(["status", "--lokal", "-o", "json"]).check(expect![[r#"
        --- stderr
        {"error":{"code":"Usage","message":"unexpected argument '--lokal' found","hint":"a similar argument exists: '--local'","exitCode":2,"requestId":null}}
        --- exit 2
    "#]]);
    let iw102 = iw102.with("IW102_OUTPUT", "json").with("AWS_EC2_METADATA_DISABLED", "true");
    iw102.run(["status"]).check(expect![[r#"
        --- stderr
        {"error":{"code":"Usage","message":"no region is set","hint":"name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file","exitCode":2,"requestId":null}}
        --- exit 2
    "#]]);
}

#[test]
fn there_is_nothing_to_check() {
    Iw102::new().run(["check"]).check(expect![[r#"
        --- stderr
        error: there is no serverless.yml here or above
        hint:  name a file: iw102 check machine.asl.json
        --- exit 2
    "#]]);
}

#[test]
fn a_file_that_is_not_there() {
    Iw102::new().run(["invoke", "--local", "-c", "nothing.yml"]).check(expect![[r#"
        --- stderr
        error: cannot read nothing.yml: No such file or directory (os error 2)
        --- exit 2
    "#]]);
}

#[test]
fn expire_is_for_virtual_time() {
    Iw102::new().run(["invoke", "--local", "--expire"]).check(expect![[r#"
        --- stderr
        error: --expire needs --time virtual
        hint:  in real time deadlines run out by themselves; add --time virtual
        --- exit 2
    "#]]);
}

#[test]
fn a_stage_and_a_region_are_not_empty() {
    for flag in ["--stage", "--region"] {
        let ran = Iw102::new().run(["list", "--local", flag, ""]);
        assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
        assert!(ran.stderr.contains(&format!("a value is required for '{flag}")), "{}", ran.snapshot());
    }
}

#[test]
fn colours_are_as_asked_for_also_in_a_mistake() {
    let always = Iw102::new().run(["status", "--lokal", "--color", "always"]);
    assert!(always.stderr.contains('\u{1b}'), "{always:?}");
    let never = Iw102::new().with("CLICOLOR_FORCE", "1").run(["status", "--lokal", "--color=never"]);
    assert!(!never.stderr.contains('\u{1b}'), "{never:?}");
}

#[test]
fn a_query_with_an_unknown_function_is_refused_before_anything_runs() {
    let iw102 = Iw102::new();
    iw102.run(["invoke", "--local", "-q", "a || lenght(b)"]).check(expect![[r#"
        --- stderr
        error: --query: there is no function lenght
        hint:  did you mean length?
        --- exit 2
    "#]]);
    assert!(!iw102.work().join("../home/iw102").exists(), "nothing happens before");
}

#[test]
fn a_format_that_only_a_history_has_is_refused_in_words() {
    let iw102 = Iw102::new();
    for format in ["raw", "table"] {
        let ran = iw102.run(["list", "--local", "-o", format]);
        assert_eq!(ran.code, Some(2));
        assert_eq!(
            ran.stderr,
            "error: -o table and -o raw are formats of iw102 history only\nhint:  here -o is one of text, json, jsonl, name\n"
        );
    }
    let more = "hint:  a history has two more formats: table and raw\n";
    let ran = iw102.run(["history", "--local", "-o", "yaml"]);
    assert!(ran.code == Some(2) && ran.stderr.ends_with(more), "{}", ran.snapshot());
    assert!(!iw102.run(["list", "--local", "-o", "yaml"]).stderr.contains(more));
    assert!(!iw102.run(["history", "--local", "--color", "blue"]).stderr.contains(more));
}

#[test]
fn a_damaged_token_is_hinted_at_the_command_that_was_typed() {
    let iw102 = Iw102::new().with("IW102_TOKEN", "AAAAA");
    for command in ["succeed", "fail", "heartbeat"] {
        let ran = iw102.run([command, "--local"]);
        let hint = format!("iw102 token --local | iw102 {command} --local --token -\n");
        assert!(ran.code != Some(0) && ran.stderr.ends_with(&hint), "{}", ran.snapshot());
    }
}
