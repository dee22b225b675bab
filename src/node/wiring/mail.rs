//! Sends texts by mail. SMTP can take a mail twice when an answer is lost; the same request always has
//! the same `Message-ID`, by which mail servers and readers know a repetition.

use crate::base::{Clock, InteractionId, Millis};
use crate::config::{MailSection, MailTls};
use crate::tls::TlsError;
use crate::tls::trust::Trust;
use aws_lc_rs::digest::{SHA256, digest};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, Tls, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Code;
use lettre::{Address, Message};
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Before the second attempt; doubled before each further one …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a server that has taken a mail may take its leave.
const LEAVE: Duration = Duration::from_secs(1);
/// Mail servers bear few connections of one client; a day may end with a thousand chats.
const MOST_AT_ONCE: usize = 10;

/// Tells programs that answer mails not to (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Why there is no way to send mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("from is no address, as 'Support <support@example.com>': '{0}'")]
    From(String),
    #[error("trusted-folder cannot be used")]
    Trust(#[source] TlsError),
    #[error("the way to the server cannot be protected")]
    Tls(#[source] SmtpError),
}

/// Why a mail was not sent. What the server wrote is not told: it likes to name the customer.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    #[error("what 'to' gives is no mail address")]
    Address,
    #[error("the mail cannot be written: {0}")]
    Unwritable(lettre::error::Error),
    /// It will not do it another time either.
    #[error("the mail server refuses it ({0})")]
    Refused(Code),
    /// STARTTLS, a way to log in, addresses beyond ASCII.
    #[error("the mail server has not what it must have: {0}")]
    Lacking(SmtpError),
    #[error("the mail server does not take it at this time ({0})")]
    NotNow(Code),
    #[error("the mail server speaks no SMTP")]
    Strange,
    #[error("there is no way to the mail server: {0}")]
    Unreached(SmtpError),
    #[error("the mail server does not answer in time")]
    Slow,
}

/// What is to be sent, under the name of a request.
pub struct Letter<'a> {
    pub interaction: &'a InteractionId,
    pub request: u64,
    pub to: &'a str,
    pub text: String,
}

/// The way to the mail server.
pub struct Mailer {
    server: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    from: Mailbox,
    subject: String,
    timeout: Duration,
    places: Semaphore,
}

impl Mailer {
    /// Nothing where no server is configured.
    pub fn new(section: &MailSection) -> Result<Option<Self>, MailError> {
        if section.server.is_empty() {
            return Ok(None);
        }
        let password = section.password.expose().to_owned();
        let has_account = !section.account.is_empty();
        Ok(Some(Self {
            server: section.server.clone(),
            port: u16::try_from(section.port).unwrap_or_default(),
            tls: protection(section)?,
            credentials: has_account.then(|| Credentials::new(section.account.clone(), password)),
            from: section.from.parse().map_err(|_| MailError::From(section.from.clone()))?,
            subject: section.subject.clone(),
            timeout: section.timeout,
            places: Semaphore::new(MOST_AT_ONCE),
        }))
    }

    /// Sends a letter. What may be mended by waiting is tried again until `until`.
    pub async fn send(
        &self,
        letter: &Letter<'_>,
        (clock, until): (&dyn Clock, Millis),
    ) -> Result<(), Unsent> {
        let message = self.write(letter, clock.now())?;
        let (envelope, text) = (message.envelope(), message.formatted());
        let mut pause = FIRST_PAUSE;
        loop {
            let attempt = async {
                let _place = self.places.acquire().await;
                timeout(self.timeout, self.deliver(envelope, &text)).await
            };
            let attempted = timeout(until.since(clock.now()), attempt).await.flatten();
            let error = match attempted {
                Ok(Ok(mut connection)) => {
                    // It has the mail; how it says goodbye changes nothing.
                    let _ = timeout(LEAVE, connection.quit()).await;
                    return Ok(());
                }
                Ok(Err(error)) => Unsent::from(error),
                Err(_) => Unsent::Slow,
            };
            if !error.may_pass() || until <= clock.now() + pause {
                return Err(error);
            }
            let (interaction, request) = (letter.interaction, letter.request);
            tracing::debug!(%interaction, request, %error, "a mail is sent again later");
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn write(&self, letter: &Letter<'_>, now: Millis) -> Result<Message, Unsent> {
        let to: Address = letter.to.trim().parse().map_err(|_| Unsent::Address)?;
        let automatic = HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(to.into())
            .subject(&self.subject)
            .date(UNIX_EPOCH + now.since(Millis(0)))
            .message_id(Some(self.message_id(letter)))
            .raw_header(automatic)
            .singlepart(SinglePart::plain(letter.text.clone()))
            .map_err(Unsent::Unwritable)
    }

    /// The same for the same request; says nothing of the chat.
    fn message_id(&self, letter: &Letter<'_>) -> String {
        let name = format!("{}:{}", letter.interaction, letter.request);
        let name = digest(&SHA256, name.as_bytes());
        let name: String =
            name.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("<{name}@{}>", self.from.email.domain())
    }

    /// Gives back the connection, of which no leave is taken.
    async fn deliver(
        &self,
        envelope: &Envelope,
        text: &[u8],
    ) -> Result<AsyncSmtpConnection, SmtpError> {
        let (server, me) = ((self.server.as_str(), self.port), ClientId::default());
        let at_once = if let Tls::Wrapper(tls) = &self.tls { Some(tls.clone()) } else { None };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &me, at_once, None).await?;
        if let Tls::Required(tls) = &self.tls {
            connection.starttls(tls.clone(), &me).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        connection.send(envelope, text).await?;
        Ok(connection)
    }
}

impl Unsent {
    fn may_pass(&self) -> bool {
        matches!(self, Self::NotNow(_) | Self::Strange | Self::Unreached(_) | Self::Slow)
    }
}

impl From<SmtpError> for Unsent {
    fn from(error: SmtpError) -> Self {
        match error.status() {
            Some(code) if error.is_permanent() => Self::Refused(code),
            Some(code) => Self::NotNow(code),
            None if error.is_client() => Self::Lacking(error),
            None if error.is_response() => Self::Strange,
            None => Self::Unreached(error),
        }
    }
}

fn protection(section: &MailSection) -> Result<Tls, MailError> {
    let mut builder = TlsParameters::builder(section.server.clone());
    if let Some(folder) = &section.trusted_folder {
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in Trust::read(folder).map_err(MailError::Trust)?.certificates {
            let certificate =
                Certificate::from_der(certificate.to_vec()).map_err(MailError::Tls)?;
            builder = builder.add_root_certificate(certificate);
        }
    }
    let parameters = builder.build_rustls().map_err(MailError::Tls)?;
    Ok(match section.tls {
        MailTls::StartTls => Tls::Required(parameters),
        MailTls::Implicit => Tls::Wrapper(parameters),
        MailTls::None => Tls::None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_given_becomes_a_line_of_its_own() {
        let mailer = mailer("Chat\r\nBcc: eve@example.com");
        let written = |to| {
            let message = mailer.write(&letter(to, "hello\nBcc: mallory@example.com"), Millis(0));
            String::from_utf8(message.unwrap().formatted()).unwrap()
        };

        let mail = written(" ann@example.com ");
        let (head, text) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("\r\nTo: ann@example.com\r\n"), "{head}");
        assert!(head.contains("\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), "{head}");
        assert_eq!(text.trim_end(), "hello\r\nBcc: mallory@example.com");
    }

    #[test]
    fn what_is_not_one_address_is_none() {
        let mailer = mailer("Chat");
        for to in [
            "",
            "ann",
            "ann@example.com, bob@example.com",
            "ann@example.com>\r\nRCPT TO:<eve@example.com",
            "ann@example.com\r\nBcc: eve@example.com",
            "\"ann\r\nBcc: eve\"@example.com",
            "ann@example.com\0",
            "ann@exam ple.com",
        ] {
            let written = mailer.write(&letter(to, "hello"), Millis(0));
            assert!(matches!(written, Err(Unsent::Address)), "{to:?}");
        }
    }

    #[test]
    fn the_same_request_has_the_same_name_and_another_one_another() {
        let mailer = mailer("Chat");
        let named = |request| mailer.message_id(&Letter { request, ..letter("ann@x.org", "") });

        assert_eq!(named(7), named(7));
        assert_ne!(named(7), named(8));
        assert!(!named(7).contains("chat-1") && named(7).ends_with("@centre.example>"));
    }

    fn mailer(subject: &str) -> Mailer {
        let section = MailSection {
            server: "localhost".into(),
            from: "Support <support@centre.example>".into(),
            subject: subject.into(),
            tls: MailTls::None,
            ..MailSection::default()
        };
        Mailer::new(&section).unwrap().unwrap()
    }

    fn letter<'a>(to: &'a str, text: &str) -> Letter<'a> {
        // One for all tests, as none of them changes it.
        static INTERACTION: std::sync::LazyLock<InteractionId> =
            std::sync::LazyLock::new(|| InteractionId("chat-1".into()));
        Letter { interaction: &INTERACTION, request: 7, to, text: text.to_owned() }
    }
}
