//! The way to a gateway: TLS with both versions of HTTP, whose certificates are believed, proxies, redirects.

use hyper::Version;

use super::{ENV_KEY, KEY, started, with_key};
use crate::harness::{Iw102, Ran};
use crate::player::{Answer, Player, Proxy};

/// A host of AWS that only a proxy leads to the player, whose certificate names it.
const HOST: &str = "a1.execute-api.eu-west-1.amazonaws.com";
const ROUTE: &str = "POST /dev/action/start";
/// `user:never-shown-PROXY-PASSWORD`
const PASSWORD: &str = "never-shown-PROXY-PASSWORD";
const CREDENTIALS: &str = "dXNlcjpuZXZlci1zaG93bi1QUk9YWS1QQVNTV09SRA==";

fn start(iw102: &Iw102, api: &str) -> Ran {
    iw102.run(["start", "--api", api, "--route", "POST /action/start", "--api-key", ENV_KEY, "-v"])
}

fn believing(player: &Player) -> Iw102 {
    with_key().with("AWS_CA_BUNDLE", player.ca_file().unwrap().to_str().unwrap())
}

#[test]
fn both_versions_of_http_carry_a_start() {
    for (player, version) in [(Player::https(), Version::HTTP_2), (Player::https_1(), Version::HTTP_11)] {
        player.play(ROUTE, [started()]);
        let ran = start(&believing(&player), &format!("{}/dev", player.url));
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        assert_eq!((player.requests()[0].version, player.requests()[0].header("x-api-key")), (version, Some(KEY)));
        assert!(ran.stderr.contains(&format!("< {version:?} 200")), "{}", ran.snapshot());
    }
}

#[test]
fn a_certificate_of_nobody_known_is_refused_before_the_key_goes() {
    let (player, other) = (Player::https(), Player::https());
    // What believes the platform's CAs has them from a file here, which is another player's.
    let iw102 = with_key().with("SSL_CERT_FILE", other.ca_file().unwrap().to_str().unwrap());
    for iw102 in [iw102, believing(&other)] {
        let ran = start(&iw102, &format!("{}/dev", player.url));
        assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
        assert!(ran.stderr.contains("name that CA: --cacert FILE"), "{}", ran.snapshot());
    }
    assert_eq!(player.requests().len(), 0);
    let by_platform = with_key().with("SSL_CERT_FILE", player.ca_file().unwrap().to_str().unwrap());
    player.play(ROUTE, [started()]);
    assert_eq!(start(&by_platform, &format!("{}/dev", player.url)).code, Some(0));
}

#[test]
fn a_proxy_of_the_environment_is_gone_through_and_its_password_not_told() {
    let player = Player::https();
    player.play(ROUTE, [started()]);
    let proxy = Proxy::to(&player, Some(CREDENTIALS));
    let url = |user: &str| format!("http://{user}@{}", proxy.address);
    let api = format!("https://{HOST}/dev");
    for (name, other) in [("HTTPS_PROXY", "https_proxy"), ("https_proxy", "HTTPS_PROXY")] {
        let iw102 = believing(&player).without(other).with_secret(name, &url(&format!("user:{PASSWORD}")));
        let ran = start(&iw102, &api);
        assert!(ran.code == Some(0) && !ran.stderr.contains(PASSWORD), "{}", ran.snapshot());
    }
    assert_eq!((proxy.asked(), player.requests().len()), (vec![format!("{HOST}:443"); 2], 2));
    // A wrong password, and a proxy that is not there.
    for proxy in [url("user:wrong-PROXY-PASSWORD"), format!("http://user:{PASSWORD}@127.0.0.1:1")] {
        let ran = start(&believing(&player).with("HTTPS_PROXY", &proxy), &api);
        assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
        assert!(ran.stderr.contains("HTTPS_PROXY") && !ran.stderr.contains("PASSWORD"), "{}", ran.snapshot());
    }
    assert_eq!(player.requests().len(), 2);
}

#[test]
fn no_proxy_leaves_hosts_out_and_this_machine_always() {
    let player = Player::https();
    player.play(ROUTE, [started()]);
    let proxy = Proxy::to(&player, None);
    let iw102 = believing(&player).with("HTTPS_PROXY", &format!("http://{}", proxy.address));
    assert_eq!(start(&iw102, &format!("{}/dev", player.url)).code, Some(0));
    let without = iw102.with("NO_PROXY", "other.example,.nowhere.invalid");
    let ran = start(&without, "https://gateway.nowhere.invalid/dev");
    assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
    assert!(ran.stderr.contains("cannot reach https://gateway.nowhere.invalid"), "{}", ran.snapshot());
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[test]
fn a_redirect_is_not_followed_and_the_key_stays() {
    let (player, other) = (Player::https(), Player::https());
    for status in [301, 302, 307, 308] {
        let elsewhere = Answer::text(status, "").header("location", &format!("{}/dev/action/start", other.url));
        player.play(ROUTE, [elsewhere]);
        let ran = start(&believing(&player), &format!("{}/dev", player.url));
        assert!(ran.code.is_some_and(|code| code != 0), "{status}: {}", ran.snapshot());
    }
    assert_eq!((player.requests().len(), other.requests().len()), (4, 0));
}
