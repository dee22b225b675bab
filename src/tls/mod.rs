//! Certificates and keys from files to configurations of rustls, and their reload when the files
//! change.
