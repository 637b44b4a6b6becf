//! Templates and what they render. What has no request in it was compared with Velocity 1.7 itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Request, Template};

/// A request with something of everything.
struct Sample {
    body: String,
    path: BTreeMap<String, String>,
    querystring: BTreeMap<String, String>,
    header: BTreeMap<String, String>,
    context: Value,
    stage_variables: BTreeMap<String, String>,
}

fn strings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn sample(body: &str) -> Sample {
    Sample {
        body: body.to_owned(),
        path: strings(&[("id", "p1"), ("only", "in path")]),
        querystring: strings(&[("id", "q1"), ("page", "2")]),
        header: strings(&[("Content-Type", "application/json"), ("id", "h1"), ("page", "h2")]),
        context: json!({
            "requestId": "req-1", "stage": "dev", "httpMethod": "POST", "resourcePath": "/start/{id}",
            "identity": {"sourceIp": "127.0.0.1"}, "requestTimeEpoch": 1_573_573_209_347_i64,
        }),
        stage_variables: strings(&[("colour", "blue")]),
    }
}

fn render(template: &str, sample: &Sample) -> Result<String, String> {
    let Sample { body, path, querystring, header, context, stage_variables } = sample;
    let request = Request { body, path, querystring, header, context, stage_variables };
    Template::parse(template).and_then(|template| template.render(&request)).map_err(|error| error.to_string())
}

#[track_caller]
fn check(template: &str, body: &str, expected: &str) {
    assert_eq!(render(template, &sample(body)).as_deref(), Ok(expected), "{template}");
}

#[track_caller]
fn refuse(template: &str, body: &str, expected: &str) {
    assert_eq!(render(template, &sample(body)).unwrap_err(), expected, "{template}");
}

#[test]
fn references() {
    check("#set($a = 1)$a ${a}b $!a $!{a}b $a-b ${a}-b $a.b.c $a.", "", "1 1b 1 1b $a-b 1-b  1.");
    check("$nope ${nope} $!nope $!{nope.x} $nope.x.y('z')[0]|", "", "$nope ${nope}   $nope.x.y('z')[0]|");
    check("$context.nope|$context.identity.user|$stageVariables.nope|$input.nope", "", "|||");
    check("$ $$ $! $1 ${} 100% # #foo #foo() a#b C#", "", "$ $$ $! $1 ${} 100% # #foo #foo() a#b C#");
    check("#set($m = {'a-b': 1, 'x': [1, 2]})$m['a-b'] $m.x[1] $m.get('x').get(0) $m.x[-1]", "", "1 2 1 2");
}

#[test]
fn escapes() {
    check(r"#set($a = 1)\$a \\$a \\\$a \$nope \\$nope", "", r"$a \1 \$a \$nope \\$nope");
    check(r"\#if(true) \\#if(true)x#end \#foo \a \\ \", "", r"#if(true) \x \#foo \a \\ \");
    check("#[[ $raw #if( ]]#$context.stage ## gone\n#* gone\n *#end", "", " $raw #if( dev end");
}

#[test]
fn blanks_go_with_directives() {
    check("a  #set($a = 1)  \nb$a", "", "a  b1");
    check("#set($a = 1)\n  #set($b = 2)\n|$a$b", "", "|12");
    check("#if(true)  \n yes\n  #end  \n|", "", " yes\n  |");
    check("#if(false)\nx\n#else  \n no\n#end\n|", "", " no\n|");
    check("#foreach($x in ['a', 'b'])\n - $x\n#end\nend", "", " - a\n - b\nend");
    check("#if(true)\n\n a\n#end\n\nb", "", "\n a\n\nb");
}

#[test]
fn setting() {
    check("#set($a = 1)#set($a = $nope)$a", "", "1");
    check("#set($m = {})#set($m.a = 1)#set($m['b'] = 2)$m", "", "{a=1, b=2}");
    check("#set($l = [1, 2])#set($l[0] = 'x')#set($k = $l)#set($ok = $k.add(3))$l", "", "[x, 2, 3]");
    check("#set($a = \"x$context.stage#if(true)y#{end}\")$a #set($a = 'x$context')$a", "", "xdevyx$context");
    check(r#"#set($a = "say ""hi""")$a #set($a = 'it''s')$a #set($a = "\\n")$a"#, "", r#"say "hi"it's\\n"#);
    check("#set ($a = true)$a #set$a", "", "true #settrue");
}

#[test]
fn conditions() {
    check("#if($nope)a#elseif(false)b#elseif(1 == 1.0)c#{else}d#end", "", "c");
    check("#if('')t#end#if([])t#end#if($nope)t#end#if(!$nope)t#end#if(not true)t#end", "", "ttt");
    check("#if(1 < 2 && 2 <= 2 and 3 gt 2 || $nope)t#end#if('a' < 'b')t#{else}f#end", "", "tf");
    check("#if('1' == 1)t#end#if($nope == $none)t#end#if($nope != 'x')t#end#if('a' ne 'a')t#end", "", "ttt");
    check("#if([1, 2] == [1, 2])t#end#if({'a': 1} eq {'a': 1})t#end#if(true == 'true')t#end", "", "ttt");
    check("#if(false or true and false)t#{else}f#end#if((false or true) and true)t#end", "", "ft");
}

#[test]
fn arithmetic() {
    check("#set($x = 1 + 2 * 3 - 4 / 3 % 2)$x", "", "6");
    check("#set($x = (1 + 2) * 3)$x #set($y = $x - 10)$y #set($z = -5)$z #set($z = $x -1)$z", "", "9-1-58");
    check("#set($x = 7 / 2)$x #set($x = 7 / 2.0)$x #set($x = 1.5 * 2)$x #set($x = 100000000.0)$x", "", "33.53.01.0E8");
    check("#set($x = 1)#set($x = 1 / 0)$x #set($x = 'a' + 1 + 2)$x #set($x = 1 + 2 + 'a')$x", "", "1a123a");
    check("#set($x = $nope + 'a')$x", "", "$nopea");
}

#[test]
fn loops() {
    check(
        "#foreach($x in ['a', 'b'])$x$foreach.index$foreach.count$velocityCount#if($foreach.hasNext),#end#end",
        "",
        "a011,b122",
    );
    check("#foreach($x in [1..3])$x#end #foreach($x in [3..1])$x#end", "", "123 321");
    check("#foreach($v in {'a': 1, 'b': 2})$v#end#foreach($x in $nope)x#end#foreach($x in 'abc')x#end", "", "12");
    check("#set($x = 9)#foreach($x in [1])$x#end$x $foreach.index", "", "19 $foreach.index");
    check("#foreach($x in [1..9])#if($x == 3)#break#end$x#end done", "", "12 done");
    check(
        "#foreach($x in [1])#foreach($y in [1, 2])$foreach.parent.index$foreach.index $foreach.first $foreach.last;#end#end",
        "",
        "00 true false;01 false true;",
    );
    check("a#foreach($x in [1..9])b#stop#end c", "", "ab");
}

#[test]
fn blocks() {
    check("#define($b)[$x]#end#set($x = 1)$b \"$b\"#set($x = \"<$b>\")$x", "", "[1] \"[1]\"<[1]>");
    check("#define($b)it's#end$util.escapeJavaScript($b) $util.escapeJavaScript(\"$b\")", "", r"it\'s it\'s");
    check("#define($b)x#end#if($b == 'x')t#end", "", "t");
}

#[test]
fn text_methods() {
    let hello = |call: &str, expected: &str| check(&format!("#set($t = 'Hello'){call}"), "", expected);
    hello("$t.length() $t.size() $t.isEmpty() $t.empty $t.toString()", "5  false false Hello");
    hello(
        "$t.contains('ell') $t.startsWith('H') $t.endsWith('x') $t.equals('Hello') $t.matches('H.*')",
        "true true false true true",
    );
    hello(
        "$t.indexOf('l') $t.lastIndexOf('l') $t.indexOf('x') $t.charAt(1) $t.substring(1) $t.substring(1, 3)",
        "2 3 -1 e ello el",
    );
    hello(
        "$t.toUpperCase() $t.toLowerCase() $t.concat('!') $t.equalsIgnoreCase('hELLO') $t.compareTo('a')",
        "HELLO hello Hello! true -25",
    );
    hello(
        "$t.replace('l', '$') $t.replaceAll('(l+)', '<$1>') $t.replaceFirst('l', 'L') $t.replaceAll('l', '\\$')",
        "He$$o He<ll>o HeLlo He$$o",
    );
    hello(
        "$t.split('l').size() $t.split('l')[2] $t.split('').size() $t.split('o').size() $t.split('l', 2).get(1)",
        "3 o 5 1 lo",
    );
    hello("$t.nope() $t.substring('x')|", " |");
    check("#set($t = ' é😀 ')$t.length() $t.trim().length() $t.trim().substring(1)", "", "5 3 😀");
    check(r#"$util.escapeJavaScript("it's").replaceAll("\\'", "'")"#, "", "it's");
}

#[test]
fn list_and_map_methods() {
    let list = |call: &str, expected: &str| check(&format!("#set($l = ['a', 'b']){call}"), "", expected);
    list(
        "$l.size() $l.isEmpty() $l.get(1) $l.contains('a') $l.indexOf('b') $l.subList(0, 1) $l",
        "2 false b true 1 [a] [a, b]",
    );
    list(
        "$l.add('c') $l.add(0, 'z')$l $l.remove(0) $l.remove('c') $l $l.set(0, 'x') $l $l.addAll($l) $l",
        "true [z, a, b, c] z true [a, b] a [x, b] true [x, b, x, b]",
    );
    let map = |call: &str, expected: &str| check(&format!("#set($m = {{'a': 1, 'b': 'two'}}){call}"), "", expected);
    map(
        "$m.a $m.size() $m.isEmpty() $m.get('b') $m.containsKey('a') $m.containsValue('two')",
        "1 2 false two true true",
    );
    map(
        "$m.keySet() $m.values() $m.entrySet() $m.getOrDefault('x', 9) $m.get($nope)|",
        "[a, b] [1, two] [a=1, b=two] 9 |",
    );
    map(
        "$m.put('c', 3)$m.put('a', 2) $m $m.remove('a') $m $m.putAll({'z': 0})$m",
        "1 {a=2, b=two, c=3} 2 {b=two, c=3} {b=two, c=3, z=0}",
    );
    map("#foreach($e in $m.entrySet())$e.key=$e.value;$e.getKey() #end", "a=1;a b=two;b ");
}

#[test]
fn input() {
    check("$input.body", r#"{"a": 1}"#, r#"{"a": 1}"#);
    check("$input.json('$')", r#"{ "b": "x", "a": [1, 2.50, null] }"#, r#"{"b":"x","a":[1,2.5,null]}"#);
    check("$input.json('$.a.b') $input.json('$.nope')", r#"{"a": {"b": "x"}}"#, r#""x" """#);
    check("$input.json('$')|$input.path('$')|$input.body", "", "{}|{}|");
    check(
        "$input.path('$.a') $input.path('$').a.size() $input.path('$.nope')|",
        r#"{"a": [{"b": "x"}, 1]}"#,
        r#"[{"b":"x"},1] 2 |"#,
    );
    check("$input.path('$')", r#"{"a": {"b": "x"}, "c": [true, "s"]}"#, r#"{a={b=x}, c=[true,"s"]}"#);
    check(
        "#foreach($k in $input.path('$').keySet())$k=$input.path('$').get($k);#end",
        r#"{"z": 1, "a": 2}"#,
        "z=1;a=2;",
    );
    check("$input.json('$..b')", r#"{"a": [{"b": 1}, {"b": 2}]}"#, "[1,2]");
    check("$input.json('$') $input.path('$').split('&')[1]", "a=1&b=2", r#""a=1&b=2" b=2"#);
    check(
        "$input.params('id') $input.params('only') $input.params('page') $input.params('content-type') $input.params('x')|",
        "",
        "p1 in path 2 application/json |",
    );
    check(
        "$input.params().path.id $input.params().get('header').get('id') $input.params().querystring.size()",
        "",
        "p1 h1 2",
    );
    refuse(
        "\n $input.json('$')",
        "{\"a\": ",
        "line 2, column 2: the request's body is not JSON: EOF while parsing a value at line 1 column 5",
    );
    refuse(
        "$input.json('a')",
        "{}",
        "line 1, column 1: the path 'a' is not understood: a path starts with '$', found 'a'",
    );
}

#[test]
fn functions_and_variables() {
    check("$util.escapeJavaScript($input.body)", "\"it's\"/\\\n\u{1}é😀", r#"\"it\'s\"\/\\\n\u0001\u00E9\uD83D\uDE00"#);
    check("$util.urlEncode('a b&é*~') $util.urlDecode('a+b%26%C3%A9%zz%')", "", "a+b%26%C3%A9*%7E a b&é%zz%");
    check("$util.base64Encode('hé') $util.base64Decode('aMOp')", "", "aMOp hé");
    check("#set($o = $util.parseJson($input.body))$o.a[1] $o.b.c", r#"{"a": [1, 2], "b": {"c": "d"}}"#, "2 d");
    check(
        "$context.requestId $context.identity.sourceIp $context.requestTimeEpoch $stageVariables.colour $stageVariables",
        "",
        "req-1 127.0.0.1 1573573209347 blue {colour=blue}",
    );
    refuse(
        "$util.parseJson('{')",
        "",
        "line 1, column 1: the text is not JSON: EOF while parsing an object at line 1 column 1",
    );
    refuse("$util.base64Decode('*')", "", "line 1, column 1: the text is not Base64: Invalid symbol 42, offset 0.");
}

/// The template that serverless-step-functions gives a StartExecution route.
#[test]
fn the_plugins_start_template_passes_the_body_on() {
    let template = r#"
#set( $body = $util.escapeJavaScript($input.json('$')).replaceAll("\\'", "'") )
{"input": "$body", "name": "$context.requestId", "stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m"}"#;
    for body in [
        r#"{"who": "it's \"me\" \\ / é 😀 \n", "n": [1, 2.5, null, true]}"#,
        "",
        "[]",
        "\"$context $nope #if\"",
        "a=1&b='2'",
    ] {
        let rendered: Value = serde_json::from_str(&render(template, &sample(body)).unwrap()).unwrap();
        let input: Value = serde_json::from_str(rendered["input"].as_str().unwrap()).unwrap();
        let expected = serde_json::from_str(if body.is_empty() { "{}" } else { body }).unwrap_or_else(|_| json!(body));
        assert_eq!(input, expected);
        assert_eq!(rendered["name"], "req-1");
        assert_eq!(rendered["stateMachineArn"], "arn:aws:states:us-east-1:000000000000:stateMachine:m");
    }
}

/// Blocks that print maps, in a block that is escaped as a whole: how that plugin's `lambda_proxy` is built.
#[test]
fn blocks_in_blocks_become_one_document() {
    let template = r#"
  #set( $body = $input.body )
  #define( $pairs )
  {
    #foreach($name in $map.keySet())
      #set( $value = $util.escapeJavaScript($map.get($name)).replaceAll("\\'", "'") )
      "$util.escapeJavaScript($name)":
        #if ("$value" == "")
          null
        #else
          "$value"
        #end
        #if( $foreach.hasNext ) , #end
    #end
  }
  #end
  #define( $event )
  {
    "httpMethod": "$context.httpMethod",
    #set( $map = $input.params().header )
    "headers": $pairs,
    #if ($input.params().path.size() == 9)
    "pathParameters": null,
    #else
    #set( $map = $input.params().path )
    "pathParameters": $pairs,
    #end
    "requestContext": { "requestTimeEpoch": $context.requestTimeEpoch },
    "body": "$util.escapeJavaScript("$body").replaceAll("\\'", "'")",
    "isBase64Encoded": false
  }
  #end
  {
    "input": "$util.escapeJavaScript("$event").replaceAll("\\'", "'")",
    "name":"$context.requestId"
  }"#;
    let mut sample = sample(r#"{"who": "it's \"me\""}"#);
    sample.header.insert("X-Empty".to_owned(), String::new());
    let rendered: Value = serde_json::from_str(&render(template, &sample).unwrap()).unwrap();
    let input: Value = serde_json::from_str(rendered["input"].as_str().unwrap()).unwrap();
    assert_eq!(
        input,
        json!({
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json", "X-Empty": null, "id": "h1", "page": "h2"},
            "pathParameters": {"id": "p1", "only": "in path"},
            "requestContext": {"requestTimeEpoch": 1_573_573_209_347_i64},
            "body": r#"{"who": "it's \"me\""}"#,
            "isBase64Encoded": false,
        })
    );
}

/// As that plugin's guide shows a template of one's own: a JSON string escaped, quotes and all.
#[test]
fn a_field_of_the_body_becomes_a_name() {
    let template = r#"#set( $body = $util.escapeJavaScript($input.json('$')) )
#set( $name = $util.escapeJavaScript($input.json('$.data.attributes.order_id')) )
{
  "input": "$body",
  "name": "$name"
}
"#;
    let expected = "{\n  \"input\": \"{\\\"data\\\":{\\\"attributes\\\":{\\\"order_id\\\":\\\"o-1\\\"}}}\",\n  \"name\": \"\\\"o-1\\\"\"\n}\n";
    check(template, r#"{"data": {"attributes": {"order_id": "o-1"}}}"#, expected);
}

#[test]
fn mistakes_name_their_place() {
    refuse("a\n  #if(true) b", "", "line 2, column 3: '#if' without '#end'");
    refuse("a #end", "", "line 1, column 7: a '#end', '#else' or '#elseif' that no directive began");
    refuse("#set($a = )", "", "line 1, column 11: expected a value, found ')'");
    refuse("#set(a = 1)", "", "line 1, column 6: expected a variable, '$name', found 'a'");
    refuse("#foreach($x of [1])#end", "", "line 1, column 13: expected 'in', found 'o'");
    refuse(
        "#foreach($x in [1])a#else b#end",
        "",
        "line 1, column 26: '#else' or '#elseif' where '#foreach' expects '#end'",
    );
    refuse("${a", "", "line 1, column 4: expected '}', found the end of the text");
    refuse("#set($a = 'x)", "", "line 1, column 11: a string that ' does not end");
    refuse("#* x", "", "line 1, column 1: a comment that '*#' does not end");
    refuse("#set($a = \"x#if(\")", "", "line 1, column 11: expected a value, found the end of the text");
    refuse("#macro(m)x#end", "", "line 1, column 1: '#macro' is not available in mapping templates");
    refuse("é $util.parseJson('x')", "", "line 1, column 3: the text is not JSON: expected value at line 1 column 1");
    refuse("#set($l = [])$l.get(0)", "", "line 1, column 14: there is no item 0 in a list of 0");
    refuse(
        "$context.stage.replaceAll('(', '')",
        "",
        "line 1, column 1: the regular expression '(' is not understood: found open group without closing ')'",
    );
}

/// Every bound, by a template that would pass it.
#[test]
fn bounds_have_names() {
    let refused = |template: &str, bound: &str| {
        let message = render(template, &sample("[]")).unwrap_err();
        assert!(message.contains(bound), "{message}");
    };
    refused(&" ".repeat(super::TEMPLATE_BYTES_MAX + 1), "at most 307200 bytes");
    refused(&"#if(true)".repeat(100), "more than 64 levels");
    refused(&format!("#set($a = {})", "(".repeat(100_000)), "more than 64 levels");
    refused(&format!("#set($a = {}1)", "!".repeat(100_000)), "more than 64 levels");
    refused(&format!("#set($a = {}1)", "$x[".repeat(1_000)), "more than 64 levels");
    refused("#foreach($x in [0..1000])#end", "at most 1000 numbers");
    refused("#set($l = [1..1000])#set($ok = $l.add(1))#foreach($x in $l)$x#end", "at most 1000 rounds");
    refused("#define($b)$b#end$b", "more than 200 levels");
    let many = (&"#if(true)".repeat(50), &"#end".repeat(50));
    refused(&format!("#define($b){}$b{}#end$b", many.0, many.1), "more than 200 levels");
    // Whoever drops a tree goes down to its end.
    refused(&format!("#set($a = 1{})", "+1".repeat(150_000)), "more than 100 operators in a row");
    let thousand = "#foreach($x in [1..1000])";
    refused(&format!("{thousand}{thousand}{thousand}$x#end#end#end"), "more than 2000000 steps");
    refused(&format!("#set($t = 'ab'){thousand}#set($t = \"$t$t\")#end"), "bytes of text on its way");
    refused(&format!("#set($t = 'ab'){thousand}#set($t = $t.replaceAll('a', 'aa'))#end"), "more than 2000000 steps");
    refused(&format!("{thousand}{}#end", "0123456789".repeat(2_000)), "more than 10485760 bytes");
    refused(&format!("#set($l = []){thousand}#set($l = [$l])#end$l"), "more than 512 lists and maps");
    refused("#set($l = [1])#set($ok = $l.add($l))$l", "more than 512 lists and maps");
    refused("#set($l = [1])#foreach($x in [1..40])#set($ok = $l.addAll($l))#end", "more than 2000000 steps");
    refused("$context.stage.repeat(99999999999)", "bytes of text on its way");
    refused("$context.stage.replaceAll('(a?){9000}', '')", "size limit");
}

/// Pieces that templates are made of, whole and broken.
const FRAGMENTS: &[&str] = &[
    "#set($a = ",
    "#set( $b = [1, 'x', \"y$a\"] )",
    ")",
    "$a",
    "${b}",
    "$!c",
    "$b.get(",
    "$b[0]",
    ".size()",
    "#if(",
    "#if($a)",
    "#elseif(true)",
    "#else",
    "#end",
    "#foreach($x in ",
    "[1..3]",
    "[3..1]",
    "$b)",
    "{'k': ",
    "}",
    "#define($d)",
    "$d",
    "#break",
    "#stop",
    "##",
    "\n",
    "#*",
    "*#",
    "#[[",
    "]]#",
    "\\",
    "\\\\$a",
    "\\#if",
    "'",
    "\"",
    " + ",
    " - ",
    " == ",
    " && ",
    "!",
    "1",
    "-2.5e3",
    "true",
    "$input.json('$.a')",
    "$input.path('$')",
    "$input.params()",
    "$util.escapeJavaScript(",
    "$util.parseJson('[1]')",
    "$context.identity",
    ".replaceAll('a', '$1')",
    ".split('')",
    ".add(1)",
    ".put('a', 1)",
    ".keySet()",
    "é",
    "😀",
    "$",
    "#",
    "{",
    "(",
    "[",
    "]",
    ",",
    ":",
    "..",
    ".a",
    "#set($b[0] = 1)",
    "#set($a.x = $b)",
    ".substring(1, 2)",
    "$foreach.hasNext",
    "$velocityCount",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", body in ".{0,40}") {
        let _ = render(&text, &sample(&body));
    }

    #[test]
    fn no_template_of_pieces_makes_it_panic(
        pieces in prop::collection::vec(prop::sample::select(FRAGMENTS), 0..40),
        body in prop::sample::select(&["", "{}", "[1]", "{\"a\": {\"b\": [\"é\", null]}}", "{", "a=b"][..]),
    ) {
        let _ = render(&pieces.concat(), &sample(body));
    }

    /// Text without signs comes out as it went in, and a value set is a value printed.
    #[test]
    fn plain_text_and_values_pass_through(text in "[^$#\\\\]{0,60}", value in "[^'\"$#\\\\]{0,40}") {
        let mut template = text.clone();
        prop_assert_eq!(render(&template, &sample("")), Ok(text.clone()));
        write!(template, "#set($a = '{value}')${{a}}").unwrap();
        prop_assert!(render(&template, &sample("")).unwrap().ends_with(&value));
    }

    /// What a body holds arrives whole, through escaping and two documents.
    #[test]
    fn escaping_is_undone_by_a_json_parser(text in ".{0,80}") {
        let template = r#"{"x": "$util.escapeJavaScript($input.path('$.t')).replaceAll("\\'", "'")"}"#;
        let rendered = render(template, &sample(&json!({"t": text}).to_string())).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&rendered).unwrap(), json!({"x": text}));
    }
}
