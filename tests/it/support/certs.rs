//! Certificates and keys made for a test: authorities, nodes, clients, and everything that is wrong
//! with them. As files for Holdfast and for Cassandra.

use holdfast::tls::provider;
use pkcs8::PrivateKeyInfo;
use pkcs8::der::pem::{LineEnding, encode_string};
use pkcs8::pkcs5::pbes2;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a certificate is to say.
#[derive(Clone)]
pub struct Wanted {
    params: CertificateParams,
}

/// A certificate and its key.
pub struct Issued {
    pub der: CertificateDer<'static>,
    /// In PEM form.
    pub certificate: String,
    /// In PEM form, PKCS#8.
    pub key: String,
    key_pair: KeyPair,
    params: CertificateParams,
}

/// Who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub der: CertificateDer<'static>,
    /// In PEM form; this is the trust store of a Cassandra that believes this authority.
    pub certificate: String,
}

/// Where a certificate and its key were written to.
#[derive(Clone, Debug)]
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Wanted {
    /// A certificate for a node at these addresses and of these names.
    pub fn of(common_name: &str, names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        Self { params }
    }

    /// As `keytool -genkeypair` makes it: the address stands in the common name alone.
    pub fn common_name_only(address: &str) -> Self {
        Self::of(address, &[])
    }

    pub fn expired(mut self) -> Self {
        self.params.not_before = date_time_ymd(2019, 1, 1);
        self.params.not_after = date_time_ymd(2020, 1, 1);
        self
    }

    pub fn not_yet_valid(mut self) -> Self {
        self.params.not_before = date_time_ymd(2900, 1, 1);
        self
    }

    /// As `openssl req -x509` makes it.
    pub fn of_an_authority(mut self) -> Self {
        self.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    pub fn self_signed(self) -> Issued {
        let key_pair = KeyPair::generate().unwrap();
        let certificate = self.params.self_signed(&key_pair).unwrap();
        Issued::new(&certificate, key_pair, self.params)
    }
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = Wanted::of(name, &[]).of_an_authority().params;
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, certificate: pem }
    }

    /// An authority that nobody made one: somebody who signs with the key of his own certificate.
    pub fn usurped(by: Issued) -> Self {
        let Issued { der, certificate, key_pair, params, .. } = by;
        Self { issuer: Issuer::new(params, key_pair), der, certificate }
    }

    pub fn issues(&self, wanted: Wanted) -> Issued {
        let key_pair = KeyPair::generate().unwrap();
        let certificate = wanted.params.signed_by(&key_pair, &self.issuer).unwrap();
        Issued::new(&certificate, key_pair, wanted.params)
    }

    /// For a client that believes this authority.
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        roots
    }
}

impl Issued {
    fn new(certificate: &rcgen::Certificate, key_pair: KeyPair, params: CertificateParams) -> Self {
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { der, certificate: pem, key: key_pair.serialize_pem(), key_pair, params }
    }

    /// Key and certificate in one text: the key store of a Cassandra that reads PEM.
    pub fn key_store(&self) -> String {
        format!("{}{}", self.key, self.certificate)
    }

    /// The key as `openssl req -newkey` encrypts it: PBES2, PBKDF2 with SHA-256, three-key DES.
    pub fn encrypted_key(&self, password: &str) -> String {
        let (salt, iv) = ([3; 8], [9; 8]);
        let kdf = pbes2::Pbkdf2Params::hmac_with_sha256(2_048, &salt).unwrap();
        let encryption = pbes2::EncryptionScheme::DesEde3Cbc { iv: &iv };
        let parameters = pbes2::Parameters { kdf: kdf.into(), encryption };
        let der = self.key_pair.serialize_der();
        let key = PrivateKeyInfo::try_from(der.as_slice()).unwrap();
        let encrypted = key.encrypt_with_params(parameters, password).unwrap();
        let label = ["ENCRYPTED", "PRIVATE", "KEY"].join(" ");
        encode_string(&label, LineEnding::LF, encrypted.as_bytes()).unwrap()
    }

    /// A server that shows it, and that wants a certificate of these authorities to be shown.
    pub fn server(&self, clients: &[&Authority]) -> ServerConfig {
        let key = PrivatePkcs8KeyDer::from(self.key_pair.serialize_der());
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if clients.is_empty() {
            builder.with_no_client_auth()
        } else {
            let mut roots = RootCertStore::empty();
            clients.iter().for_each(|client| roots.add(client.der.clone()).unwrap());
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
            builder.with_client_cert_verifier(verifier.build().unwrap())
        };
        builder.with_single_cert(vec![self.der.clone()], key.into()).unwrap()
    }

    /// Writes both to files of this name.
    pub fn write(&self, folder: &Path, name: &str) -> Pair {
        let pair = Pair {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        self.overwrite(&pair);
        pair
    }

    /// Puts both where others were.
    pub fn overwrite(&self, pair: &Pair) {
        fs::write(&pair.certificate, &self.certificate).unwrap();
        fs::write(&pair.key, &self.key).unwrap();
        fs::set_permissions(&pair.key, Permissions::from_mode(0o600)).unwrap();
    }
}

/// Makes a folder of trusted certificates.
pub fn trust(folder: &Path, certificates: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    for (idx, certificate) in certificates.iter().enumerate() {
        fs::write(folder.join(format!("{idx}.crt")), certificate).unwrap();
    }
}
