//! Every name and every sender, on both listeners.

use std::net::IpAddr;

use hyper::Request;

use super::{Front, Listener, Refusal, Sender, admit};

fn listener(front: Front, host: &str) -> Listener {
    Listener { front, host: host.parse::<IpAddr>().unwrap() }
}

fn asked(front: Front, line: &str, headers: &[(&str, &str)]) -> Result<Sender, Refusal> {
    let (method, target) = line.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(target);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    admit(listener(front, "127.0.0.1"), &request.body(()).unwrap())
}

#[test]
fn each_listener_has_its_names() {
    let both = ["127.0.0.1", "127.0.0.1:8083", "LOCALHOST:1", "localhost", "[::1]:80", "[::1]", "[0:0::1]"];
    let api = [
        "sync-127.0.0.1:8083",
        "sync-localhost",
        "sync-[::1]:1",
        "states.eu-west-1.amazonaws.com",
        "sync-states.us-east-1.amazonaws.com:443",
        "logs.eu-west-1.amazonaws.com",
        "lambda.eu-west-1.amazonaws.com",
        "apigateway.eu-west-1.amazonaws.com",
    ];
    let gateway = ["llb348ist9.execute-api.eu-west-1.amazonaws.com", "A.EXECUTE-API.us-east-1.AMAZONAWS.com:8084"];
    let neither = [
        "",
        ":80",
        "example.com",
        "127.0.0.1.example.com",
        "localhost.example.com:80",
        "evil.localhost",
        "localhost.",
        "127.0.0.1:",
        "127.0.0.1:8083:1",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "::1",
        "[::2]",
        "[127.0.0.1]",
        "user@localhost",
        "localhost/",
        "states.example.com",
        "states.a.b.amazonaws.com",
        "states..amazonaws.com",
        "states.amazonaws.com",
        "states.eu-west-1.amazonaws.com.example.com",
        "evil.example/.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "sync-sync-localhost",
        "sync-lambda.eu-west-1.amazonaws.com",
        "execute-api.eu-west-1.amazonaws.com",
        ".execute-api.eu-west-1.amazonaws.com",
        "a.b.execute-api.eu-west-1.amazonaws.com",
        "a.execute-api.amazonaws.com",
        "a.execute-api.eu-west-1.amazonaws.com.example.com",
    ];
    let cases =
        [(&both[..], true, true), (&api[..], true, false), (&gateway[..], false, true), (&neither[..], false, false)];
    for (names, on_api, on_gateway) in cases {
        for name in names {
            for (front, expected) in [(Front::Api, on_api), (Front::Gateway, on_gateway)] {
                let found = asked(front, "POST /", &[("host", name)]);
                assert_eq!(found.is_ok(), expected, "{front:?} {name}: {found:?}");
            }
        }
    }
}

#[test]
fn a_listener_that_is_not_on_loopback_has_its_address_too() {
    for (host, names, others) in [
        (
            "192.168.1.5",
            &["192.168.1.5", "192.168.1.5:8083", "127.0.0.1", "localhost"][..],
            &["192.168.1.6", "[::2]"][..],
        ),
        ("fe80::1", &["[fe80::1]:8083", "[FE80:0::1]"], &["[fe80::2]", "fe80::1"]),
        // On all addresses any address is right, and a name is still not: only names can be made to point elsewhere.
        ("0.0.0.0", &["192.168.1.5", "10.0.0.1:8083", "[fe80::1]"], &["example.com", "my-laptop.local"]),
        ("127.0.0.2", &["127.0.0.2:1"], &["127.0.0.3"]),
    ] {
        for (names, expected) in [(names, true), (others, false)] {
            for name in names {
                assert_eq!(listener(Front::Api, host).is_named(name), expected, "{host} {name}");
            }
        }
    }
}

#[test]
fn a_host_is_there_once_and_the_target_is_a_path() {
    for (line, headers, expected) in [
        ("GET /", &[][..], Refusal::Host),
        ("GET /", &[("host", "localhost"), ("host", "localhost")], Refusal::Host),
        ("GET /", &[("host", "localhost"), ("host", "evil.example")], Refusal::Host),
        ("GET /", &[("host", "caf\u{e9}")], Refusal::Host),
        ("GET http://evil.example/", &[("host", "localhost")], Refusal::Target),
        ("GET http://localhost/", &[("host", "localhost")], Refusal::Target),
        ("CONNECT localhost:1", &[("host", "localhost")], Refusal::Target),
        // DNS rebinding: the browser believes that the page's own server is here.
        ("GET /", &[("host", "rebound.evil.example:8084"), ("sec-fetch-site", "same-origin")], Refusal::Name),
        ("POST /", &[("host", "evil.example:8084"), ("origin", "https://evil.example:8084")], Refusal::Name),
    ] {
        for front in [Front::Api, Front::Gateway] {
            assert_eq!(asked(front, line, headers), Err(expected), "{line} {headers:?}");
        }
    }
}

#[test]
fn a_page_of_another_origin_is_known_by_what_its_browser_sends() {
    let (host, ours) = (("host", "localhost:8084"), Ok(Sender::Ours));
    let page = |origin: Option<&str>| Ok(Sender::Page(origin.map(ToOwned::to_owned)));
    for (headers, expected) in [
        (&[][..], ours.clone()),
        (&[("origin", "SCHEME://localhost:8084")], ours.clone()),
        (&[("origin", "SCHEME://LOCALHOST:8084"), ("sec-fetch-site", "same-origin")], ours.clone()),
        // Typed, or from a bookmark.
        (&[("sec-fetch-site", "none")], ours),
        (&[("origin", "https://evil.example")], page(Some("https://evil.example"))),
        (&[("origin", "null")], page(Some("null"))),
        (&[("origin", "")], page(Some(""))),
        (&[("origin", "SCHEME://localhost")], page(Some("SCHEME://localhost"))),
        (&[("origin", "SCHEME://127.0.0.1:8084")], page(Some("SCHEME://127.0.0.1:8084"))),
        (&[("origin", "ftp://localhost:8084")], page(Some("ftp://localhost:8084"))),
        (&[("origin", "SCHEME://localhost:8084"), ("origin", "https://evil.example")], page(Some("null"))),
        // An image, a form that sends no Origin, a fetch without CORS.
        (&[("sec-fetch-site", "cross-site")], page(None)),
        (&[("sec-fetch-site", "same-site")], page(None)),
        (&[("sec-fetch-site", "news")], page(None)),
        (&[("sec-fetch-site", "none"), ("sec-fetch-site", "none")], page(None)),
        (
            &[("origin", "SCHEME://localhost:8084"), ("sec-fetch-site", "cross-site")],
            page(Some("SCHEME://localhost:8084")),
        ),
    ] {
        for (front, scheme) in [(Front::Api, "http"), (Front::Gateway, "https")] {
            let named = |text: &str| text.replace("SCHEME", scheme);
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, named(value))).collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).chain([host]).collect();
            let expected = match (&expected, front) {
                (Ok(Sender::Page(_)), Front::Api) => Err(Refusal::Page),
                (Ok(Sender::Page(Some(origin))), _) => Ok(Sender::Page(Some(named(origin)))),
                (expected, _) => (*expected).clone(),
            };
            for line in ["GET /dev/hello", "POST /", "OPTIONS /"] {
                assert_eq!(asked(front, line, &headers), expected, "{front:?} {line} {headers:?}");
            }
        }
    }
}
