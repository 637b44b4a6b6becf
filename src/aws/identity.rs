//! Who the credentials are: where they came from, and STS's GetCallerIdentity, which needs no permission.

use std::fmt;

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::config::Builder;

use crate::aws::connection::Connection;
use crate::aws::error::{Error, of_credentials};
use crate::aws::tell::{Listener, Tell};
use crate::engine::clock::Timestamp;

/// So many characters of an access key's id tell keys apart.
const SHOWN_CHARACTERS: usize = 4;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account, 12 digits.
    pub account: String,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
    pub arn: String,
    /// The unique id of the user or role.
    pub user_id: String,
}

/// Credentials that were found. They are never printed: `Debug` leaves them out, and nothing else shows them.
#[derive(Clone)]
pub struct FoundCredentials(Credentials);

impl FoundCredentials {
    /// The end of the access key's id; the rest of it is nobody's business.
    #[must_use]
    pub fn access_key_end(&self) -> String {
        let id = self.0.access_key_id();
        let hidden = id.chars().count().saturating_sub(SHOWN_CHARACTERS);
        // Of a short one, which is no id of AWS's, nothing is left to hide the rest behind.
        if hidden < SHOWN_CHARACTERS { String::new() } else { id.chars().skip(hidden).collect() }
    }

    /// When they end; `None` where they do not.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        let since = self.0.expiry()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Timestamp)
    }

    /// Whether a profile of AWS's configuration files led to them.
    #[must_use]
    pub fn is_of_profile(&self) -> bool {
        self.features().iter().any(|feature| matches!(feature, Feature::CredentialsProfile))
    }

    /// What gave them, in words: `the environment`, `SSO`, `an assumed role`.
    #[must_use]
    pub fn source(&self) -> &'static str {
        let features = self.features();
        let has = |wanted: &[Feature]| features.iter().any(|feature| wanted.contains(feature));
        // A role may be assumed with any of the others, so it stands first.
        if has(&[
            Feature::CredentialsProfileStsWebIdToken,
            Feature::CredentialsEnvVarsStsWebIdToken,
            Feature::CredentialsStsAssumeRoleWebId,
        ]) {
            "a role by web identity"
        } else if has(&[Feature::CredentialsStsAssumeRole]) {
            "an assumed role"
        } else if has(&[Feature::CredentialsSso, Feature::CredentialsProfileSso]) {
            "SSO"
        } else if has(&[Feature::CredentialsProfileLogin, Feature::CredentialsLogin]) {
            "aws login"
        } else if has(&[Feature::CredentialsProcess, Feature::CredentialsProfileProcess]) {
            "a process (credential_process)"
        } else if has(&[Feature::CredentialsHttp]) {
            "the container's endpoint"
        } else if has(&[Feature::CredentialsImds]) {
            "this machine's metadata service"
        } else if has(&[Feature::CredentialsEnvVars]) {
            "the environment (AWS_ACCESS_KEY_ID)"
        } else if has(&[Feature::CredentialsProfile]) {
            "AWS's configuration files"
        } else {
            "the SDK"
        }
    }

    fn features(&self) -> &[Feature] {
        self.0.get_property::<Vec<Feature>>().map_or(&[], Vec::as_slice)
    }
}

impl fmt::Debug for FoundCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("FoundCredentials").field(&self.source()).finish()
    }
}

impl Connection {
    /// The credentials, as the next call would find them.
    ///
    /// # Errors
    /// [`Error::Credentials`]
    pub async fn credentials(&self) -> Result<FoundCredentials, Error> {
        let missing = || Error::Credentials { message: "there are no AWS credentials".into() };
        let provider = self.sdk().credentials_provider().ok_or_else(missing)?;
        let found = provider.provide_credentials().await;
        found.map(FoundCredentials).map_err(|error| Error::Credentials { message: of_credentials(&error) })
    }

    /// Who the credentials are. A listener is told of the request.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn identity(&self, listener: Option<Listener>) -> Result<Identity, Error> {
        let mut config = Builder::from(self.sdk());
        config.set_endpoint_url(self.configured_url("STS"));
        if let Some(listener) = listener {
            config = config.interceptor(Tell(listener));
        }
        let answer = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity().send().await;
        let answer = answer.map_err(|error| self.error(&error, "STS", "sts"))?;
        let account = answer.account.unwrap_or_default();
        self.learn_account(&account);
        let (arn, user_id) = (answer.arn.unwrap_or_default(), answer.user_id.unwrap_or_default());
        Ok(Identity { account, arn, user_id })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn found(id: &str, features: &[Feature]) -> FoundCredentials {
        let mut credentials =
            Credentials::new(id, "the-secret", None, Some(UNIX_EPOCH + Duration::from_secs(7)), "test");
        *credentials.get_property_mut_or_default::<Vec<Feature>>() = features.to_vec();
        FoundCredentials(credentials)
    }

    #[test]
    fn the_source_is_what_stands_before_the_others() {
        for (features, expected) in [
            (&[Feature::CredentialsEnvVars][..], "the environment (AWS_ACCESS_KEY_ID)"),
            (&[Feature::CredentialsSso, Feature::CredentialsProfile], "SSO"),
            (&[Feature::CredentialsProfile, Feature::CredentialsStsAssumeRole], "an assumed role"),
            (&[Feature::CredentialsProfileStsWebIdToken], "a role by web identity"),
            (&[Feature::CredentialsProcess, Feature::CredentialsProfile], "a process (credential_process)"),
            (&[Feature::CredentialsHttp], "the container's endpoint"),
            (&[Feature::CredentialsImds], "this machine's metadata service"),
            (&[Feature::CredentialsProfile], "AWS's configuration files"),
            (&[], "the SDK"),
        ] {
            assert_eq!(found("AKIAIOSFODNN7EXAMPLE", features).source(), expected);
        }
        assert!(found("", &[Feature::CredentialsSso, Feature::CredentialsProfile]).is_of_profile());
    }

    #[test]
    fn no_more_than_the_end_of_the_id_is_told() {
        let credentials = found("AKIAIOSFODNN7EXAMPLE", &[]);
        assert_eq!(credentials.access_key_end(), "MPLE");
        assert_eq!(found("short", &[]).access_key_end(), "");
        assert_eq!(credentials.expires(), Some(Timestamp(7_000)));
        assert_eq!(format!("{credentials:?}"), "FoundCredentials(\"the SDK\")");
    }
}
