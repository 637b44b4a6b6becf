//! Where a gateway is: `https://ID.execute-api.REGION.amazonaws.com/STAGE`.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::gateway::error::GatewayError;

/// How paths of an emulated API begin.
/// <https://docs.localstack.cloud/aws/services/apigateway/#accessing-deployed-apis>
const EMULATED: [&str; 2] = ["/_aws/execute-api/", "/restapis/"];

/// Parts of such a path that belong to the address: `_aws/execute-api/ID/STAGE`, `restapis/ID/STAGE/_user_request_`.
const EMULATED_PARTS: usize = 4;

/// A gateway's base address, its stage included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an address. It is `https://`; plain `http://` is taken for this machine only, where a key leaves nothing.
    ///
    /// # Errors
    /// [`GatewayError::Address`]
    pub fn parse(text: &str) -> Result<Self, GatewayError> {
        let wrong = |reason: &'static str| GatewayError::Address { reason };
        let mut url = Url::parse(text.trim()).map_err(|_| wrong("it is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it ends with the stage, without `?` and `#`"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let address = Self(url);
        match address.0.scheme() {
            "https" => Ok(address),
            "http" if address.is_loopback() => Ok(address),
            "http" => Err(wrong("a key is sent over https only")),
            _ => Err(wrong("it begins with https://")),
        }
    }

    /// Takes a whole URL apart: the gateway with its stage, where the URL tells which part of the path that is, and the path
    /// below it with the query. Of a domain of one's own the whole path is below it.
    ///
    /// # Errors
    /// [`GatewayError::Address`]
    pub fn of_url(text: &str) -> Result<(Self, String), GatewayError> {
        let mut url = Url::parse(text.trim()).map_err(|_| GatewayError::Address { reason: "it is not a URL" })?;
        let (path, query) = (url.path().to_owned(), url.query().map(|query| format!("?{query}")).unwrap_or_default());
        url.set_query(None);
        url.set_fragment(None);
        let whole = Self::parse(url.as_str())?;
        let parts = match whole.api_id() {
            Some(_) if EMULATED.iter().any(|before| path.starts_with(before)) => EMULATED_PARTS,
            Some(_) => 1,
            None => 0,
        };
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        let end = [0].into_iter().chain(ends).nth(parts).unwrap_or(path.len());
        let (stage, below) = path.split_at(end);
        url.set_path(stage);
        let below = if below.is_empty() { "/" } else { below };
        Ok((Self::parse(url.as_str())?, format!("{below}{query}")))
    }

    /// The URL of a path below it. The path may begin with `/` and end with a query (`action/start?a=b`); the pairs are
    /// added to that.
    #[must_use]
    pub fn join(&self, path: &str, query: &[(String, String)]) -> Url {
        let (path, given) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        url.set_query(given.filter(|query| !query.is_empty()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// The path and the query of a URL that is below this address: `/hello?a=b`.
    #[must_use]
    pub fn below(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok().filter(|url| url.origin() == self.0.origin())?;
        let path = self.without_base(url.path())?;
        Some(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// A path that begins with this address's own, the stage, without it: `/hello` of `/dev/hello`.
    #[must_use]
    pub fn without_base<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.0.path().trim_end_matches('/')).filter(|rest| rest.starts_with('/'))
    }

    /// The id of the API, where the address tells it: `https://ID.execute-api.REGION.amazonaws.com/STAGE`, also through a
    /// VPC endpoint (`ID-vpce-…`), or as AWS's emulators have it, in the path. A domain of one's own does not tell it.
    #[must_use]
    pub fn api_id(&self) -> Option<&str> {
        let mut labels = self.0.host_str()?.split('.');
        let first = labels.next()?;
        if labels.next() == Some("execute-api") {
            let id = first.split_once("-vpce-").map_or(first, |(id, _)| id);
            // `vpce-….execute-api.REGION.vpce.amazonaws.com` takes the API's id in a header.
            return Some(id).filter(|id| !id.starts_with("vpce-"));
        }
        let path = self.0.path();
        let rest = EMULATED.iter().find_map(|before| path.strip_prefix(before))?;
        rest.split('/').next().filter(|id| !id.is_empty())
    }

    /// Whether it is this machine, so that no proxy can know it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let Some(host) = self.0.host_str() else { return false };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// `https://HOST:PORT`, what a message says of it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_https_or_this_machine() {
        for (text, expected) in [
            ("https://a.execute-api.eu-west-1.amazonaws.com/dev/", "https://a.execute-api.eu-west-1.amazonaws.com/dev"),
            ("https://127.0.0.1:8084/dev", "https://127.0.0.1:8084/dev"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000/dev", "http://[::1]:3000/dev"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), expected);
        }
        for (text, reason) in [
            ("a.execute-api.eu-west-1.amazonaws.com/dev", "not a URL"),
            ("http://a.execute-api.eu-west-1.amazonaws.com/dev", "https only"),
            ("http://localhost.example.com/dev", "https only"),
            ("ftp://127.0.0.1/dev", "begins with https://"),
            ("https://user:pass@example.com/dev", "a user or a password"),
            ("https://example.com/dev?x=1", "ends with the stage"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("pass@"), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_of_aws_or_of_an_emulator_tells_the_apis_id() {
        for (text, expected) in [
            ("https://a1.execute-api.eu-west-1.amazonaws.com/dev", Some("a1")),
            ("https://a1.execute-api.cn-north-1.amazonaws.com.cn/dev", Some("a1")),
            ("https://a1-vpce-0f1e2d.execute-api.eu-west-1.amazonaws.com/dev", Some("a1")),
            ("https://vpce-0f1e2d-x.execute-api.eu-west-1.vpce.amazonaws.com/dev", None),
            ("https://a1.execute-api.localhost.localstack.cloud:4566/dev", Some("a1")),
            ("http://127.0.0.1:4566/_aws/execute-api/a1/dev", Some("a1")),
            ("http://127.0.0.1:4566/restapis/a1/dev/_user_request_", Some("a1")),
            ("https://127.0.0.1:8084/dev", None),
            ("https://api.example.com/v1", None),
        ] {
            assert_eq!(Address::parse(text).unwrap().api_id(), expected, "{text}");
        }
    }

    #[test]
    fn a_whole_url_is_an_address_and_a_path() {
        for (url, address, path) in [
            (
                "https://a1.execute-api.eu-west-1.amazonaws.com/dev/a/b?c=d#e",
                "https://a1.execute-api.eu-west-1.amazonaws.com/dev",
                "/a/b?c=d",
            ),
            (
                "https://a1.execute-api.eu-west-1.amazonaws.com/dev",
                "https://a1.execute-api.eu-west-1.amazonaws.com/dev",
                "/",
            ),
            (
                "http://127.0.0.1:1/_aws/execute-api/a1/dev/hello",
                "http://127.0.0.1:1/_aws/execute-api/a1/dev",
                "/hello",
            ),
            (
                "http://127.0.0.1:1/restapis/a1/dev/_user_request_/x",
                "http://127.0.0.1:1/restapis/a1/dev/_user_request_",
                "/x",
            ),
            ("https://api.example.com/v1/hello", "https://api.example.com", "/v1/hello"),
            ("https://api.example.com", "https://api.example.com", "/"),
        ] {
            let (found, below) = Address::of_url(url).unwrap();
            assert_eq!((found.to_string().as_str(), below.as_str()), (address, path), "{url}");
        }
        for url in ["http://api.example.com/v1", "https://user:pass@example.com/x", "://"] {
            assert!(Address::of_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_url_below_it_is_a_path() {
        let address = Address::parse("https://127.0.0.1:8084/dev").unwrap();
        for (url, expected) in [
            ("https://127.0.0.1:8084/dev/hello", Some("/hello")),
            ("https://127.0.0.1:8084/dev/a%20b?c=d", Some("/a%20b?c=d")),
            ("https://127.0.0.1:8084/development", None),
            ("https://127.0.0.1:8085/dev/hello", None),
            ("http://127.0.0.1:8084/dev/hello", None),
            ("https://evil.example/dev/hello", None),
        ] {
            assert_eq!(address.below(url).as_deref(), expected, "{url}");
        }
        assert_eq!(address.without_base("/dev/hello"), Some("/hello"));
        assert_eq!(address.without_base("/hello"), None);
    }

    #[test]
    fn a_path_stays_below_the_stage_and_its_query_is_encoded() {
        let address = Address::parse("https://example.com/dev").unwrap();
        let join = |path: &str, query: &[(&str, &str)]| {
            let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            address.join(path, &query).to_string()
        };
        assert_eq!(join("/action/start", &[]), "https://example.com/dev/action/start");
        assert_eq!(join("action/start?a=b", &[("c", "d e")]), "https://example.com/dev/action/start?a=b&c=d+e");
        assert_eq!(join("a b", &[]), "https://example.com/dev/a%20b");
        assert_eq!(join("", &[]), "https://example.com/dev/");
        assert_eq!(join("//evil.example/x", &[]), "https://example.com/dev/evil.example/x");
    }
}
