//! The local CA: made on first use, kept in a folder of its user's own, and able to vouch for loopback only.
//!
//! `ca.pem` is what a client is told to trust; `ca-key.pem` (0600) signs. Whoever stole the key could vouch for `localhost`,
//! `127.0.0.1` and `::1` and for nothing else: the certificate says so in a critical extension (name constraints, RFC 5280,
//! section 4.2.1.10), which OpenSSL, Go, Java, the browsers and rustls hold it to.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use crate::local::store_lock;
use crate::local::tls::validity;

const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";
const LOCK_FILE: &str = "lock";

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Somebody who put the CA into a trust store should not have to do it again soon; constrained to loopback, it may live.
const AUTHORITY_LIFETIME: Duration = Duration::from_hours(24 * 3_650);
/// A CA with less time left is made anew, so that it does not end under a running server.
const AUTHORITY_RENEWAL: Duration = Duration::from_hours(24 * 30);
/// A certificate is for one process and for a week.
const LEAF_LIFETIME: Duration = Duration::from_hours(24 * 7);
/// After this a process makes itself another.
pub(super) const LEAF_RENEWAL: Duration = DAY;

/// How long another process that makes the CA is waited for; it takes milliseconds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(5);

/// All names and addresses that certificates are for.
const NAME: &str = "localhost";
const ADDRESSES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Why there is no local CA.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The folder cannot be made, read or written.
    #[error("cannot keep the local CA in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is in the folder is no CA of ours.
    #[error("the local CA in {} is damaged: {why}; remove the folder, and it is made anew", folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Somebody else may have the key.
    #[error("others can read the local CA's key {}; remove its folder, and it is made anew", key.display())]
    Exposed {
        /// The key's file.
        key: PathBuf,
    },
    /// Another process has the folder's lock and does not let it go.
    #[error("another process makes the local CA in {} and does not end", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// The library for certificates refused.
    #[error("cannot make a certificate: {0}")]
    Make(String),
}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Make(error.to_string())
    }
}

/// The CA, able to sign.
pub(in crate::local) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// `ca.pem`
    pub(in crate::local) file: PathBuf,
    /// Whether this call made it: no trust store knows it yet.
    pub(in crate::local) is_new: bool,
}

impl std::fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").field("file", &self.file).finish_non_exhaustive()
    }
}

/// A certificate of this process.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) issued: SystemTime,
}

impl Authority {
    /// Opens the CA that is kept in a folder, or makes it: where there is none, and where its time is (nearly) over. Blocks
    /// for the disk. Of several processes at once one makes it.
    ///
    /// # Errors
    /// What is damaged is not made anew by itself: somebody may trust it, and may want to know.
    pub(in crate::local) fn open(folder: &Path, now: SystemTime) -> Result<Self, AuthorityError> {
        let failed = |source| AuthorityError::Folder { folder: folder.to_owned(), source };
        store_lock::make_private(folder).map_err(failed)?;
        let _lock = lock(folder)?;
        let certificate = read(&folder.join(CERTIFICATE_FILE)).map_err(failed)?;
        let key = read(&folder.join(KEY_FILE)).map_err(failed)?;
        let damaged = |why: &str| AuthorityError::Damaged { folder: folder.to_owned(), why: why.to_owned() };
        // The key is written first: without a certificate, a process was killed before anybody could trust it.
        let Some(certificate) = certificate else { return Self::make(folder, now) };
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
        let certificate = certificate.map_err(|_| damaged("ca.pem is no certificate"))?;
        let end = validity::not_after(&certificate).ok_or_else(|| damaged("ca.pem is no certificate"))?;
        if end.duration_since(now).is_ok_and(|left| left > AUTHORITY_RENEWAL) {
            let key = key.ok_or_else(|| damaged("its key is missing"))?;
            refuse_exposed(&folder.join(KEY_FILE)).map_err(failed)??;
            let key = KeyPair::from_pem(&key).map_err(|_| damaged("ca-key.pem is no key"))?;
            let authority = Self::new(folder, key, certificate, false);
            authority.prove(now).map_err(|why| damaged(&why))?;
            return Ok(authority);
        }
        Self::make(folder, now)
    }

    fn make(folder: &Path, now: SystemTime) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = authority_params(&key);
        // Clocks of containers and of machines that boot two systems are off by hours.
        params.not_before = (now - DAY).into();
        params.not_after = (now + AUTHORITY_LIFETIME).into();
        let certificate = params.self_signed(&key)?;
        let failed = |source| AuthorityError::Folder { folder: folder.to_owned(), source };
        store_lock::write(folder, KEY_FILE, key.serialize_pem().as_bytes(), 0o600).map_err(failed)?;
        store_lock::write(folder, CERTIFICATE_FILE, certificate.pem().as_bytes(), 0o644).map_err(failed)?;
        Ok(Self::new(folder, key, certificate.into(), true))
    }

    fn new(folder: &Path, key: KeyPair, certificate: CertificateDer<'static>, is_new: bool) -> Self {
        let issuer = Issuer::new(authority_params(&key), key);
        Self { issuer, certificate, file: folder.join(CERTIFICATE_FILE), is_new }
    }

    /// A certificate for loopback's names, with a key of its own.
    pub(super) fn issue(&self, now: SystemTime) -> Result<Leaf, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut names = vec![NAME.to_owned()];
        names.extend(ADDRESSES.map(|address| address.to_string()));
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = name("iw102 on loopback".to_owned());
        params.not_before = (now - HOUR).into();
        params.not_after = (now + LEAF_LIFETIME).into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = rustls::crypto::aws_lc_rs::sign::any_ecdsa_type(&key);
        let key = key.map_err(|error| AuthorityError::Make(error.to_string()))?;
        let chain = vec![certificate.into(), self.certificate.clone()];
        Ok(Leaf { key: Arc::new(CertifiedKey::new(chain, key)), issued: now })
    }

    #[cfg(test)]
    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Whether a client that trusts `ca.pem` trusts what the key signs.
    fn prove(&self, now: SystemTime) -> Result<(), String> {
        let leaf = self.issue(now).map_err(|error| error.to_string())?;
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let verifier = verifier.map_err(|error| error.to_string())?;
        let name = ServerName::try_from(NAME).map_err(|error| error.to_string())?;
        let now = now.duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?;
        let (leaf, now) = (&leaf.key.cert[0], UnixTime::since_unix_epoch(now));
        let outcome = verifier.verify_server_cert(leaf, &[], &name, &[], now);
        outcome.map(drop).map_err(|_| "ca.pem and ca-key.pem do not belong together".to_owned())
    }
}

/// All of the CA's certificate that follows from its key.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    // Two CAs of one name confuse those who remove one from a trust store.
    let digest = Sha256::digest(key.subject_public_key_info());
    let id = digest.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    params.distinguished_name = name(format!("iw102 local CA {id:08x}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let addresses = ADDRESSES.map(|address| {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    });
    let mut permitted_subtrees = vec![GeneralSubtree::DnsName(NAME.to_owned())];
    permitted_subtrees.extend(addresses);
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    params
}

fn name(text: String) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "iw102");
    name.push(DnType::CommonName, text);
    name
}

/// The folder's lock, which ends with the file.
fn lock(folder: &Path) -> Result<File, AuthorityError> {
    let begun = Instant::now();
    loop {
        let locked = store_lock::try_lock(&folder.join(LOCK_FILE), File::try_lock);
        match locked.map_err(|source| AuthorityError::Folder { folder: folder.to_owned(), source })? {
            Some(file) => return Ok(file),
            None if begun.elapsed() < LOCK_TIMEOUT => std::thread::sleep(LOCK_POLL),
            None => return Err(AuthorityError::Busy { folder: folder.to_owned() }),
        }
    }
}

/// A file's text; `None` where there is none.
fn read(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn refuse_exposed(key: &Path) -> std::io::Result<Result<(), AuthorityError>> {
    let is_exposed = std::fs::metadata(key)?.permissions().mode() & 0o077 != 0;
    Ok(if is_exposed { Err(AuthorityError::Exposed { key: key.to_owned() }) } else { Ok(()) })
}
