//! What the URL of an endpoint says of its host. It need not be a good one: what is wrong with it, the SDK tells.

use std::net::Ipv4Addr;
use std::ops::Range;

/// The domains of AWS's own hosts, VPC endpoints included.
const AWS_DOMAINS: [&str; 5] =
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws", ".api.amazonwebservices.com.cn"];

/// Whether it is `http://HOST` or `https://HOST`, with a port perhaps.
pub(crate) fn is_of_server(url: &str) -> bool {
    let scheme = ["http://", "https://"].into_iter().any(|scheme| url.starts_with(scheme));
    let (whole, host) = (without_user(url), host(url));
    let port = whole[place(&whole)].strip_prefix(host).unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    scheme && !host.is_empty() && has_port && !url.contains(char::is_whitespace)
}

/// A URL without what stands before the host.
pub(crate) fn without_user(url: &str) -> String {
    let place = place(url);
    let host = place.start + url[place.clone()].rfind('@').map_or(0, |at| at + 1);
    format!("{}{}", &url[..place.start], &url[host..])
}

/// Whether a URL's host is an address or this machine's name, before which no prefix can stand.
pub(crate) fn is_address(url: &str) -> bool {
    let host = host(url);
    host.starts_with('[') || host == "localhost" || host.ends_with(".localhost") || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether a URL's host is one of AWS's.
pub(super) fn is_aws(url: &str) -> bool {
    AWS_DOMAINS.iter().any(|domain| host(url).ends_with(domain))
}

/// The host alone; an IPv6 address with its brackets.
fn host(url: &str) -> &str {
    let place = &url[place(url)];
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    match host.find(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Where user, host and port are.
fn place(url: &str) -> Range<usize> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let length = url[start..].find(['/', '?', '#']);
    start..length.map_or(url.len(), |length| start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_loses_its_user() {
        for (url, expected) in [
            ("http://u:p@127.0.0.1:1/x@y", "http://127.0.0.1:1/x@y"),
            ("https://u:p@q@h?a=b@c", "https://h?a=b@c"),
            ("https://host", "https://host"),
            ("u:p@host", "host"),
            ("", ""),
        ] {
            assert_eq!(without_user(url), expected);
        }
    }

    #[test]
    fn a_server_has_a_host_and_a_port_that_can_be_one() {
        for url in ["http://h", "https://u:p@h:443/x", "http://[::1]:1", "http://127.0.0.1:4566/?a:b"] {
            assert!(is_of_server(url), "{url}");
        }
        for url in
            ["", "h:1", "ftp://h", "http://", "http://:1", "http://h:x", "http://h:99999", "http://h:", "http://a b"]
        {
            assert!(!is_of_server(url), "{url}");
        }
    }

    #[test]
    fn an_address_takes_no_prefix() {
        for url in [
            "http://127.0.0.1:4566",
            "http://localhost:8083/",
            "http://localhost?x",
            "https://[::1]:1",
            "http://u:p@10.0.0.1/x",
            "http://u:p@[::1]",
        ] {
            assert!(is_address(url), "{url}");
        }
        for url in ["https://states.us-east-1.amazonaws.com", "https://vpce-1.states.eu-west-1.vpce.amazonaws.com", ""]
        {
            assert!(!is_address(url), "{url}");
        }
    }

    #[test]
    fn aws_is_known_by_its_domains() {
        for url in
            ["https://states.us-east-1.amazonaws.com", "https://u:p@logs.eu-west-1.api.aws:443/x", "a.amazonaws.eu#x"]
        {
            assert!(is_aws(url), "{url}");
        }
        for url in
            ["http://127.0.0.1/.amazonaws.com", "http://x.amazonaws.com@localstack:4566", "https://myamazonaws.com"]
        {
            assert!(!is_aws(url), "{url}");
        }
    }
}
