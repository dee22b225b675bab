//! What must fit together in `[push]` and `[push.<provider>]`.

use super::{Checking, fits_id};
use crate::config::push::{ProviderKind, PushContent, PushProvider};

impl Checking<'_> {
    pub(super) fn pushes(&mut self) {
        for (name, provider) in &self.config.push_providers {
            let title = format!("push.{name}");
            if name.is_empty() || 48 < name.len() || !name.chars().all(fits_id) {
                let remedy = "write 1 to 48 of a-z, A-Z, 0-9, - and _";
                self.fault((&title, "url"), &format!("the name '{name}' does not fit"), remedy);
            }
            match provider.kind {
                ProviderKind::Http => self.http_provider(&title, provider),
                ProviderKind::Fcm | ProviderKind::Apns => self.mobile_provider(&title, provider),
            }
        }
        let push = &self.config.push;
        for (kind, option, named) in [
            (ProviderKind::Http, "default-provider", &push.default_provider),
            (ProviderKind::Fcm, "default-fcm", &push.default_fcm),
            (ProviderKind::Apns, "default-apns", &push.default_apns),
        ] {
            self.usual_provider(kind, option, named);
        }
    }

    fn http_provider(&mut self, title: &str, provider: &PushProvider) {
        let wants_key = self.config.settings.flex_push_content.contains(&PushContent::SecureKey);
        let urls = [("url", &provider.url), ("debug-url", &provider.debug_url)];
        for (option, url) in
            urls.into_iter().filter(|(name, url)| *name == "url" || !url.is_empty())
        {
            self.receiver((title, option), url);
            if wants_key && is_open_to_others(url) {
                let what = "customers' keys would go there unencrypted (flex-push-content)";
                self.fault((title, option), what, "write https://, or leave secure-key out");
            }
        }
        self.signing(title, &provider.secret);
    }

    /// Tokens of providers and of devices go nowhere unencrypted.
    fn mobile_provider(&mut self, title: &str, provider: &PushProvider) {
        let urls = [("url", &provider.url), ("debug-url", &provider.debug_url)];
        for (option, url) in urls.into_iter().filter(|(_, url)| !url.is_empty()) {
            let host = url.strip_prefix("https://").unwrap_or_default();
            if host.is_empty() || host.contains(|c: char| c == '/' || c.is_whitespace()) {
                self.fault((title, option), &format!("'{url}' does not fit"), "write https://host");
            }
        }
        if provider.credentials.is_empty() {
            let remedy =
                "write ${file:/path} of the service account (fcm) or the signing key (apns)";
            self.fault((title, "credentials"), "they are missing", remedy);
        }
        let apns = [
            ("team-id", &provider.team_id),
            ("key-id", &provider.key_id),
            ("topic", &provider.topic),
        ];
        let is_apns = provider.kind == ProviderKind::Apns;
        for (option, value) in apns.into_iter().filter(|_| is_apns) {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            if value.is_empty() || !value.chars().all(fits) {
                self.fault(
                    (title, option),
                    &format!("'{value}' does not fit"),
                    "write what Apple says",
                );
            }
        }
        if provider.text.is_empty() {
            self.fault((title, "text"), "it is empty", "write what a device is to show");
        }
    }

    fn usual_provider(&mut self, kind: ProviderKind, option: &str, named: &str) {
        let providers = &self.config.push_providers;
        let n_fitting = providers.values().filter(|provider| provider.kind == kind).count();
        let is_clear = self.config.push.usual(kind, providers).is_some();
        let is_wished = kind != ProviderKind::Http && !named.is_empty();
        if !is_clear && (0 < n_fitting || is_wished) {
            let what = match named {
                "" => "there is more than one provider of this type".to_owned(),
                named => format!("there is no provider '{named}' of this type"),
            };
            self.fault(("push", option), &what, "write the name of a [push.<provider>]");
        }
    }
}

/// Whether others may read what is sent there.
fn is_open_to_others(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    !matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
