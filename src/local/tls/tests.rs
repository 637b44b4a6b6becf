//! The CA's files, and what the certificates are good for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use expect_test::expect;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{RootCertStore, SignatureScheme};

use super::authority::LEAF_RENEWAL;
use super::{Authority, AuthorityError, Leaves, Mutex};

const DAY: Duration = Duration::from_hours(24);

fn open(folder: &Path) -> Authority {
    Authority::open(folder, SystemTime::now()).unwrap()
}

fn kept(folder: &Path) -> [String; 2] {
    ["ca.pem", "ca-key.pem"].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

/// Whether a client that trusts only `root` takes a certificate for a name.
fn trusts(root: &CertificateDer<'static>, leaf: &CertificateDer<'_>, name: &str, now: SystemTime) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from(name).unwrap();
    let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    verifier.verify_server_cert(leaf, &[], &name, &[], now).is_ok()
}

#[test]
fn the_ca_is_made_once_and_its_key_is_private() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("iw102").join("ca");
    assert!(open(&folder).is_new);
    let made = kept(&folder);
    let again = open(&folder);
    assert!(!again.is_new);
    assert_eq!((again.file.as_path(), kept(&folder)), (folder.join("ca.pem").as_path(), made));
    let bits = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((bits(""), bits("ca.pem"), bits("ca-key.pem"), bits("lock")), (0o700, 0o644, 0o600, 0o600));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
}

#[test]
fn of_many_at_once_one_makes_the_ca() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("ca");
    let news = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&folder))).collect();
        opening.into_iter().map(|opening| opening.join().unwrap()).filter(|authority| authority.is_new).count()
    });
    assert_eq!(news, 1);
}

#[test]
fn certificates_are_for_loopback_only_and_for_a_week() {
    let home = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let chain = open(home.path()).issue(now).unwrap().key.cert.clone();
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert!(trusts(&chain[1], &chain[0], name, now), "{name}");
    }
    for name in ["example.com", "x.localhost", "127.0.0.2", "::2", "llb348ist9.execute-api.eu-west-1.amazonaws.com"] {
        assert!(!trusts(&chain[1], &chain[0], name, now), "{name}");
    }
    assert!(!trusts(&chain[1], &chain[0], "localhost", now + 8 * DAY));
    assert!(!trusts(&chain[1], &chain[0], "localhost", now - DAY));
}

#[test]
fn what_a_stolen_key_signs_for_others_is_not_trusted() {
    let home = tempfile::tempdir().unwrap();
    let authority = open(home.path());
    let now = SystemTime::now();
    let root = authority.issue(now).unwrap().key.cert[1].clone();
    for (name, expected) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("sts.amazonaws.com", false),
        ("example.com", false),
        ("127.0.0.2", false),
        ("192.168.1.5", false),
        ("::2", false),
    ] {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let leaf = params.signed_by(&key, authority.issuer()).unwrap();
        assert_eq!(trusts(&root, leaf.der(), name, now), expected, "{name}");
    }
}

#[test]
fn a_damaged_ca_is_named_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("ca");
    let other = home.path().join("other");
    open(&other);
    let [other_certificate, other_key] = kept(&other);
    let mut told = String::new();
    for (name, content) in [
        ("ca.pem", Some("")),
        ("ca.pem", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
        ("ca.pem", Some(&*other_certificate)),
        ("ca-key.pem", Some("nonsense")),
        ("ca-key.pem", Some(&*other_key)),
        ("ca-key.pem", None),
    ] {
        let _ = fs::remove_dir_all(&folder);
        open(&folder);
        match content {
            Some(content) => fs::write(folder.join(name), content).unwrap(),
            None => fs::remove_file(folder.join(name)).unwrap(),
        }
        let error = Authority::open(&folder, SystemTime::now()).unwrap_err();
        assert!(matches!(error, AuthorityError::Damaged { .. }), "{error}");
        told += &format!("{error}\n").replace(folder.to_str().unwrap(), "[CA]");
    }
    expect![[r#"
        the local CA in [CA] is damaged: ca.pem is no certificate; remove the folder, and it is made anew
        the local CA in [CA] is damaged: ca.pem is no certificate; remove the folder, and it is made anew
        the local CA in [CA] is damaged: ca.pem and ca-key.pem do not belong together; remove the folder, and it is made anew
        the local CA in [CA] is damaged: ca-key.pem is no key; remove the folder, and it is made anew
        the local CA in [CA] is damaged: ca.pem and ca-key.pem do not belong together; remove the folder, and it is made anew
        the local CA in [CA] is damaged: its key is missing; remove the folder, and it is made anew
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("ca");
    open(&folder);
    fs::set_permissions(folder.join("ca-key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    let error = Authority::open(&folder, SystemTime::now()).unwrap_err();
    assert!(matches!(error, AuthorityError::Exposed { .. }), "{error}");
}

#[test]
fn a_ca_that_is_about_to_expire_or_was_never_finished_is_made_anew() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("ca");
    open(&folder);
    let first = kept(&folder);
    assert!(!Authority::open(&folder, SystemTime::now() + 3_600 * DAY).unwrap().is_new);
    assert_eq!(kept(&folder), first);
    assert!(Authority::open(&folder, SystemTime::now() + 3_630 * DAY).unwrap().is_new);
    assert_ne!(kept(&folder), first);
    fs::remove_file(folder.join("ca.pem")).unwrap();
    assert!(open(&folder).is_new, "killed between the key and the certificate");
}

#[test]
fn a_long_life_shows_a_new_certificate_every_day() {
    let home = tempfile::tempdir().unwrap();
    let authority = open(home.path());
    let now = SystemTime::now();
    let leaf = Mutex::new(authority.issue(now).unwrap());
    let leaves = Leaves { authority, leaf };
    let first = leaves.at(now);
    assert_eq!(leaves.at(now + LEAF_RENEWAL / 2).cert[0], first.cert[0]);
    let later = now + 30 * DAY;
    let renewed = leaves.at(later);
    assert!(trusts(&renewed.cert[1], &renewed.cert[0], "localhost", later));
    assert_ne!(renewed.cert[0], first.cert[0]);
    assert_ne!(leaves.at(now).cert[0], renewed.cert[0], "a clock that was set back");
    let schemes = [SignatureScheme::ECDSA_NISTP256_SHA256];
    assert!(renewed.key.choose_scheme(&schemes).is_some());
}

#[test]
fn the_key_is_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let authority = open(home.path());
    let key = fs::read_to_string(home.path().join("ca-key.pem")).unwrap();
    let shown = format!("{authority:?}");
    let middle = key.lines().nth(1).unwrap();
    assert!(!shown.contains(middle) && !shown.to_lowercase().contains("key"), "{shown}");
}
