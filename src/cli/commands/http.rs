//! `iw102 http`

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::api::route::GivenRoute;
use crate::cli::api::{API_KEY_TOOK_A_WORD, ApiArgs, Wanted, refused};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::input::{self, InputArgs};
use crate::cli::items;
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, Settings, quoted};
use crate::gateway::{Address, Answer, Call, Refusal, RefusalKind, told_request};

/// Send a request through the API gateway, print the answer's body
///
/// --query asks the body, with -o json the whole answer. -v shows what went and came on stderr, the key left out.
#[derive(Debug, Args)]
#[command(
    override_usage = "iw102 http [OPTIONS] <METHOD> <PATH> [ITEM]...",
    after_help = "EXAMPLES\n  \
    iw102 http POST /action/start thekey=thevalue --local --api-key\n  \
    iw102 http GET /action/start --local --api-key -v             what goes and comes\n  \
    iw102 http POST /action/status executionArn=ARN --local --api-key -q status\n  \
    iw102 http GET /search term==bread --local                    ?term=bread\n  \
    iw102 http POST /action/start a=1 --local --api-key --curl    the same with curl\n  \
    iw102 http POST https://ID.execute-api.REGION.amazonaws.com/dev/action/start --api-key env:KEY\n\n\
    Ends with 0 for a good answer, 12 key refused, 10 no such route, 13 throttled (iw102 help exit-codes)."
)]
pub(crate) struct HttpArgs {
    /// GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS
    #[arg(value_name = "METHOD")]
    method: String,
    /// Below the stage: /action/start; or the whole URL, as `endpoints` shows it, which needs no project
    #[arg(id = "request_path", value_name = "PATH")]
    path: Option<String>,
    /// The body as ITEMs (k=text k:=json k=@file a[b]=c), the query as k==text
    #[arg(value_name = "ITEM")]
    words: Vec<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    api: ApiArgs,
    /// Print the request instead of sending it
    #[arg(long, conflicts_with = "curl")]
    offline: bool,
    /// Print the command of curl that sends the same, with $IW102_API_KEY for the key
    #[arg(long)]
    curl: bool,
}

/// A request, checked before anything is opened.
#[derive(Debug)]
struct Request {
    route: GivenRoute,
    /// The whole URL where one was written in the path's place; its path is known once the gateway's address is.
    url: Option<String>,
    query: Vec<(String, String)>,
    body: Option<String>,
}

pub(crate) async fn run(args: HttpArgs, context: &mut Context) -> Result<(), Failure> {
    if args.api.reads_stdin() && args.input.reads_stdin() {
        return Err(Failure::usage("stdin cannot be both the key and the body").hint("write --api-key @FILE"));
    }
    let path = path(&args)?;
    let corrected = format!("iw102 http {} {}", quoted(&args.method), quoted(path));
    let mut wanted = args.api.read(context, &corrected).await?;
    let is_shown = args.offline || args.curl;
    let is_curl = args.curl;
    let request = tokio::task::spawn_blocking(move || request(&args)).await;
    let mut request = request.map_err(|error| Failure::new(FailureKind::Unexpected, error))??;
    context.open_for_gateway(if is_shown { Opening::Registering } else { Opening::Project }).await?;
    if let Some(url) = request.url.take_if(|_| wanted.goes_where_a_url_says(context)) {
        let (address, path) = Address::of_url(&url)?;
        wanted = wanted.at(address);
        request.route.path = path;
    }
    if is_shown { show(request, &wanted, is_curl, context).await } else { send(request, wanted, context).await }
}

/// The PATH. Where it is missing, the METHOD is one, or `--api-key` took a word.
fn path(args: &HttpArgs) -> Result<&str, Failure> {
    if let Some(path) = &args.path {
        return Ok(path);
    }
    if matches!(args.api.api_key, Some(Some(_))) {
        return Err(Failure::usage("a request has a METHOD and a PATH").hint(API_KEY_TOOK_A_WORD));
    }
    GivenRoute::new(&args.method, "/").map_err(Failure::usage)?;
    let method = &args.method;
    Err(Failure::usage(format!("{method} has no PATH behind it"))
        .hint(format!("write it below the stage, as in: iw102 http {method} /action/start")))
}

fn request(args: &HttpArgs) -> Result<Request, Failure> {
    let path = path(args)?;
    let (url, path) = if path.contains("://") { (Some(path.to_owned()), "/") } else { (None, path) };
    let route = GivenRoute::new(&args.method, path).map_err(Failure::usage)?;
    if let Some(word) = args.words.iter().find(|word| !items::is_item(word)) {
        return Err(Failure::usage(format!("`{word}` is not an ITEM"))
            .hint("write KEY=TEXT or KEY:=JSON for the body, KEY==TEXT for the query"));
    }
    let (query, body): (Vec<_>, Vec<_>) = args.words.iter().cloned().partition(|word| query_item(word).is_some());
    let query = query.iter().filter_map(|word| query_item(word)).collect();
    let has_body = args.input.is_given() || !body.is_empty();
    if has_body && route.takes_no_body() {
        return Err(Failure::usage(format!("a {} has no body: AWS's edge refuses it with 403", route.method))
            .hint("write KEY==TEXT for the query, or POST"));
    }
    let body = has_body.then(|| input::read(&args.input, &body)).transpose()?;
    Ok(Request { route, url, query, body })
}

/// `key==value`; the first `=` of a word that is for the body is followed by another sign, or preceded by `:`.
fn query_item(word: &str) -> Option<(String, String)> {
    let (key, value) = word.split_once("==")?;
    let is_query = !key.is_empty() && !key.contains('=') && !key.ends_with([':', '\\']);
    is_query.then(|| (key.to_owned(), value.to_owned()))
}

impl Request {
    /// Takes the path from the URL, which is the gateway's: the key is for nobody else.
    fn take_path(&mut self, address: &Address) -> Result<(), Failure> {
        let Some(url) = self.url.take() else { return Ok(()) };
        let Some(path) = address.below(&url) else {
            return Err(Failure::usage(format!("the URL is not below the gateway, {address}"))
                .hint("write the path only; --api names another gateway, and --api-key env:NAME a key for it"));
        };
        self.route.path = path;
        Ok(())
    }
}

async fn show(mut request: Request, wanted: &Wanted, is_curl: bool, context: &mut Context) -> Result<(), Failure> {
    let address = wanted.address(context).await?;
    request.take_path(&address)?;
    let mut call = Call::new(&request.route.method, address.join(&request.route.path, &request.query));
    call.body.clone_from(&request.body);
    let text = if is_curl {
        let ca = match wanted.ca_file() {
            Some(file) => Some(file.display().to_string()),
            None if context.settings.local && wanted.is_found() => {
                Some(context.open_gateway().await?.ca_file.display().to_string())
            }
            None => None,
        };
        curl(&call, wanted.has_key(), ca.as_deref())
    } else {
        call.key = wanted.placeholder();
        format!("{}\n", told_request(&call).trim_end())
    };
    context.print_later(&text);
    Ok(())
}

/// The command of curl that sends a call; the key is a variable, so that it stands in no history of a shell.
fn curl(call: &Call, has_key: bool, ca_file: Option<&str>) -> String {
    let mut text = format!("curl --request {} {}", call.method, quoted(call.url.as_str()));
    let mut add = |flag: &str, value: &str| {
        text.push_str(" \\\n  ");
        text.push_str(flag);
        text.push(' ');
        text.push_str(value);
    };
    for (name, value) in call.all_headers().iter().filter(|(name, _)| name != "user-agent") {
        add("--header", &quoted(&format!("{name}: {value}")));
    }
    if has_key {
        add("--header", "\"x-api-key: $IW102_API_KEY\"");
    }
    if let Some(body) = &call.body {
        // Not --data, for which a text that begins with @ is the name of a file.
        add("--data-raw", &quoted(body));
    }
    if let Some(file) = ca_file {
        add("--cacert", &quoted(file));
    }
    text + "\n"
}

async fn send(mut request: Request, wanted: Wanted, context: &mut Context) -> Result<(), Failure> {
    let mut api = wanted.open(context).await?;
    request.take_path(api.address())?;
    let call = api.call_with_query(&request.route, &request.query, request.body.clone());
    let answer = api.send(context, &call).await?;
    let refusal = answer.refusal();
    let text = output(&answer, &context.settings, refusal.as_ref())?;
    context.print_later(&text);
    let Some(refusal) = refusal else { return Ok(()) };
    let failure = refused::failure(&refusal, &request.route.to_string(), api.has_key(), &context.settings);
    let below = api.address().without_base(&request.route.path).filter(|path| *path != request.route.path);
    Err(match below.filter(|_| refusal.kind == RefusalKind::WrongRoute) {
        Some(path) => failure.hint(format!("the address has the stage already; write the path below it: {path}")),
        None => failure,
    })
}

fn output(answer: &Answer, settings: &Settings, refusal: Option<&Refusal>) -> Result<String, Failure> {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let json = answer.json().unwrap_or_else(|| Value::String(body.clone()));
    if let (Some(query), Format::Text | Format::Name) = (&settings.query, settings.format) {
        // What was asked of a good answer is not in a refusal, which is shown as it is.
        return if refusal.is_some() {
            Ok(ended(body))
        } else {
            Ok(output::value(&query.search(&json)?, settings.format))
        };
    }
    let headers: Map<String, Value> =
        answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let names = answer.request_id.as_ref().map(|id| format!("{id}\n")).unwrap_or_default();
    let document = json!({"status": answer.status, "requestId": answer.request_id, "headers": headers, "body": json});
    Output { document, items: None, text: ended(body), names }.render(settings)
}

/// A text with a line end.
fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    fn args(words: &[&str]) -> HttpArgs {
        HttpArgs {
            method: words[0].into(),
            path: Some(words[1].into()),
            words: words[2..].iter().map(ToString::to_string).collect(),
            input: InputArgs::default(),
            api: ApiArgs::default(),
            offline: false,
            curl: false,
        }
    }

    #[test]
    fn words_are_the_body_or_the_query() {
        let built = request(&args(&["post", "a/b", "k=v", "q==x y", "n:=1", "e===z"])).unwrap();
        assert_eq!(built.route.to_string(), "POST /a/b");
        assert_eq!(built.body.as_deref(), Some(r#"{"k":"v","n":1}"#));
        assert_eq!(built.query, [("q".into(), "x y".into()), ("e".into(), "=z".into())]);
        assert_eq!(request(&args(&["POST", "/a", "k=a==b"])).unwrap().body.as_deref(), Some(r#"{"k":"a==b"}"#));
        assert_eq!(request(&args(&["POST", "/a"])).unwrap().body, None);
        for words in [&["GET", "/a", "k=v"][..], &["GET", "/a", "word"], &["G-T", "/a"]] {
            assert_eq!(request(&args(words)).unwrap_err().kind.exit_code(), 2, "{words:?}");
        }
    }

    #[test]
    fn curl_sends_the_same_and_has_no_key_in_it() {
        let address = Address::parse("https://127.0.0.1:8084/dev").unwrap();
        let mut call = Call::new("POST", address.join("/a b", &[]));
        call.body = Some(r#"{"it's":1}"#.into());
        expect_test::expect![[r#"
            curl --request POST https://127.0.0.1:8084/dev/a%20b \
              --header 'accept: application/json' \
              --header 'content-type: application/json' \
              --header "x-api-key: $IW102_API_KEY" \
              --data-raw '{"it'\''s":1}' \
              --cacert '/home/me/my ca.pem'
        "#]]
        .assert_eq(&curl(&call, true, Some("/home/me/my ca.pem")));
    }
}
